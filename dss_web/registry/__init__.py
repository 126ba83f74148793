"""The tables that both halves use: loaded files, uploads, data-flow runs and table versions.

models   the tables   ·   migrations   what creates them   ·   admin   their pages for administrators
stuck   which datasets stand still, since when and why
trail   what migrations have the trail of uploads note
management/commands/migrate   `manage.py migrate`, safe to start several times at once
"""
