"""The service's own tables that both halves use: a Django app.

models.py     the tables
migrations/   how they came to be; dss_assets never migrates
admin.py      Django's admin, which shows them
management/   `migrate`, safe to start several times at once
"""
