"""What runs at a client's: commands that use the API, for people and scripts. Needs no settings of the service.

signed_request.py    a signed request, and the commands' common arguments
download.py          an export: streamed into a file, verified, resumed
upload.py            a file: sent in parts, resumed, followed through its check
management/          the commands hawk_request, hawk_export and hawk_upload
"""
