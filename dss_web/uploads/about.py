"""What people say about a dataset: the questions, the tasks of a new dataset, and the change of an answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from dss_web.accounts.models import User
from dss_web.accounts.rights import Right
from dss_web.registry.models import UploadPipeline
from dss_web.uploads import about_forms
from dss_web.uploads.acting import acting, index
from dss_web.uploads.lifecycle import awaits_personal_data

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A page that asks one thing. `name` is in its URL and, with `about-` before it, its URL's name."""

    name: str
    title: str
    form: type[about_forms.AboutForm]
    column: str
    right: Right = Right.OWN

    @property
    def url_name(self) -> str:
        """The name of its URL."""
        return f"about-{self.name}"

    def said(self, pipeline: UploadPipeline) -> str:
        """The answer in words; '' where nobody has said anything."""
        value = getattr(pipeline, self.column)
        if isinstance(value, str):
            return value
        return {None: "", True: "Yes, it may hold personal data", False: "No"}[value]


PERSONAL_DATA: Final = Question(
    "personal-data",
    "Personal data",
    about_forms.PersonalDataForm,
    "may_hold_personal_data",
    # It is asked before the first file, which its uploader may bring, also where a dataset has no owner.
    Right.UPLOAD,
)
# In the order of the task list.
QUESTIONS: Final = (
    Question("title", "Title", about_forms.TitleForm, "title"),
    Question("description", "What it is about", about_forms.DescriptionForm, "description"),
    Question("contact", "Contact", about_forms.ContactForm, "contact"),
    Question("licence", "Licence", about_forms.LicenceForm, "licence"),
    PERSONAL_DATA,
    Question("classification", "Classification", about_forms.ClassificationForm, "classification"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """An item of the task list. `url` is '' where there is nothing to do, or not yet; `colour` where it has no tag."""

    title: str
    url: str
    status: str
    colour: str = ""
    hint: str = ""

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.status == _DONE


_DONE: Final = "Completed"


def tasks(pipeline: UploadPipeline) -> list[Task]:
    """What there is to do with a new dataset, in its order. Only one question has to be answered before a file."""
    asked = [_task(question, pipeline) for question in QUESTIONS]
    address = reverse("dataset", args=[pipeline.slug])
    if pipeline.files.exists():
        upload = Task("Upload the first file", address, _DONE)
    elif awaits_personal_data(pipeline):
        upload = Task(
            "Upload the first file",
            "",
            "Cannot start yet",
            hint="First say whether the data may hold personal data",
        )
    else:
        upload = Task("Upload the first file", address, "Incomplete", "blue")
    return [Task("Name it", "", _DONE, hint=str(pipeline)), *asked, upload]


def _task(question: Question, pipeline: UploadPipeline) -> Task:
    url = reverse(question.url_name, args=[pipeline.slug])
    if question.said(pipeline):
        return Task(question.title, url, _DONE)
    is_required = question is PERSONAL_DATA
    return Task(question.title, url, *(("Incomplete", "blue") if is_required else ("Optional", "grey")))


def describe(pipeline: UploadPipeline, answer: Mapping[str, object], person: User) -> None:
    """Store what a person says about a dataset. A trigger notes it, as it was and as it is."""
    with acting(person, "describe"):
        UploadPipeline.objects.filter(id=pipeline.id).update(**answer)
        index(pipeline)
    log.info("%s described %s: %s", person.user_id, pipeline, ", ".join(answer))
