"""Who people are and what they may do: sign-in through staff-sso.

roles      access profiles and applications at SSO -> reader, uploader, administrator
rights     what a person may do with a dataset, by their role and by whose it is
access     the middleware that lets nobody in without a login and a right
refusals   the pages for people who may not
sso        authorization code -> token -> profile
profiles   a profile -> the person's row, with the rights of the moment
recheck    the profile again, every few minutes
views      /login, /login/authorised, /logout
"""
