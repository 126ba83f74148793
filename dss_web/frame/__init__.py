"""What surrounds every page, and the pages that say what the service does with people and their data.

organisation    whose service it is, its phase and contacts, by settings: for templates
long_words      names and addresses, broken at their joints on a narrow screen
cookies         the cookies that are set: name, purpose, end
views, urls     the accessibility statement, the privacy notice, and the page about cookies
"""
