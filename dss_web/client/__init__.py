"""What runs at a client's: commands that read the API, for people and scripts. Needs no settings of the service.

signed_request.py    a signed GET, and the commands' common arguments
download.py          an export: streamed into a file, verified, resumed
management/          the commands hawk_request and hawk_export
"""
