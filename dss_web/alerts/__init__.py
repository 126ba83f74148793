"""Telling operators what is wrong, once for each incident, and once more when it is over.

noticing   what is wrong now -> incidents that begin and end, and the messages about them
wording    an incident -> what is said of it, by mail and to programs
webhook    a message -> the operator's own address, signed
sending    due messages -> the mail server, the webhook
"""
