"""People who follow datasets: they get mail, or read a feed, of what happens to those that they may see.

events      (in dss_web.registry.dataset_events) what has happened, noticed once
following   who follows what; what of it is to be sent to whom
letters     an event -> what is said of it, by mail and in feeds
webhooks    programs that follow: their addresses and secrets, and what is sent to them
sending     due messages -> the mail server, webhooks
feeds       the events of datasets -> Atom (RFC 4287)
addresses   the secret address of a person's feeds, for programs that cannot log in
"""
