"""What runs at a client's. Needs no settings of the service.

data_store/          the Python client, which is a distribution of its own: it can be installed alone
pyproject.toml       that distribution; README.md is its documentation
management/          its commands as commands of manage.py: hawk_request, hawk_export and hawk_upload
"""
