"""JSON bodies as pydantic models: each builds the body and documents it (`dss_web.docs` derives the schemas)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A JSON object that a client receives. Every subclass has an example, which a test holds to its schema."""

    model_config = ConfigDict(extra="forbid")


class Error(Body):
    """Why the request was not served."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"error": "orientation must be tabular or records"}]})

    error: str = Field(description="What is wrong, in words.")


class StartAgain(Body):
    """The table has changed since you began to read it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "error": "hmrc.exporters.L1 was changed after you began to read it: …",
                    "start": "https://dss.example/api/v1/table-data/hmrc.exporters/L1?orientation=records",
                }
            ]
        }
    )

    error: str = Field(description="What is wrong, in words.")
    start: str = Field(
        description="The URL of the first page, from which to start again.", json_schema_extra={"format": "uri"}
    )


class NotFound(Body):
    """Empty if there is no such table; with an error if there is no such route."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    error: str = Field(default="", description="Only if there is no such route.")


class ServerError(Body):
    """An unforeseen error."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"error": "Internal server error", "id": "0f8a6c1e5b7d4f0e9a2b3c4d5e6f7a8b"}]}
    )

    error: Literal["Internal server error"]
    id: str = Field(description="The request's id, as in `X-Request-ID`.")
