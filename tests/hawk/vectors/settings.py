"""The web app's settings, with the tests' own URLs in front of its own."""

from dss_web.settings import *  # noqa: F403 what Django reads is the module's every name

ROOT_URLCONF = "tests.hawk.vectors.urls"
