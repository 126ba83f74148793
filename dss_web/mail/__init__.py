"""Mail to people about their uploads.

events    the trail of uploads -> what mail is due, once for each event
letters   an event -> subject and text, without any value of the file
sending   due mail -> the mail server
"""
