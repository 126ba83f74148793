"""Who people are and what they may do: sign-in through staff-sso.

access     the middleware that lets nobody in without a login and a right
sso        authorization code -> token -> profile
profiles   a profile -> the person's row, with the rights of the moment
views      /login, /login/authorised, /logout
"""
