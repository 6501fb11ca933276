"""What Schemathesis has to know besides the document: what no schema can say, and what there is already."""

import json
import os
import re
import uuid

import schemathesis
from hypothesis import strategies as st

# The client that the calls are made with, and things that are there, by the call and its parameter.
_CLIENT = os.environ["OPENAPI_CLIENT"]
_THERE = json.loads(os.environ["OPENAPI_THERE"])

# The document asks for http and https, and JSON Schema's word for that is any URI.
_ADDRESS = r"https?://[a-z][a-z0-9-]{0,20}(\.[a-z]{2,8})?(/[a-z0-9]{1,9}){0,3}"
schemathesis.openapi.format("uri", st.from_regex(_ADDRESS, fullmatch=True))

# Nor has it words for texts that are numbers, or for zones.
schemathesis.openapi.format("decimal", st.integers(-90, 90).map(str))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Berlin", "America/Toronto"]))

# Why a request that is as the schema has it may be refused with 400 all the same: because of what is there already.
_BECAUSE_OF_WHAT_IS_THERE = re.compile(
    r"""
    \(code:\ PRT000(600|700|701|401)\)$          # a name, an account or an id is taken
    | ^Property\ 'members'\ names\ '             # who is not in the directory
    | ^Property\ 'configuration\.userId'         # neither, or it is no agent's
    | ^Property\ 'configuration\.sandbox'        # is no customer's
    | ^Property\ '(userId|teamId)'\ has\ a\ value\ that  # is that of the address, or cannot be there
    | ^Property\ 'expiration'\ has\ a\ value     # is over already
    | ^Property\ 'stages\[\d+\]\.name'\ has\ a\ value      # is that of another plug-in
    | ^Property\ 'stages\[\d+\]\.timeoutSeconds'\ has      # is more than is configured
    | ^Property\ 'stages\[\d+\]\.rules\[\d+\]\.teamId'  # is not in the directory
    | ^Property\ 'stages\[\d+\]\.(week|exceptions\[\d+\])\.\w+(\[\d+\]\.to)?'\ has\ a\ value  # ends too late
    """,
    re.VERBOSE,
)

# What a change may hold depends on what is changed: on the channel, or on the type of what is said.
_BECAUSE_OF_WHAT_IS_CHANGED = {
    "updateIntegration": re.compile(r"^Property 'configuration[.']"),
    "updateResponse": re.compile(r"'responses['.\[]"),
}


@schemathesis.hook
def before_load_schema(context, raw_schema: dict) -> None:
    """Answers hold nothing that is not described. Clients must not rely on that, so the document does not say it."""
    schemas = raw_schema["components"]["schemas"]
    for name, schema in schemas.items():
        if not name.endswith(("In", "Patch")):
            _close(schema)
        elif name != "ResponseIn":
            _say_texts(schema)
        if name.endswith("In"):
            _draw_once(name, schema)
    for way in schemas["TextMessageIn"]["anyOf"]:
        if "items" in way["properties"]:
            way["properties"]["items"]["items"] = {"anyOf": [_named("ImageMessageIn"), _named("LocationMessageIn")]}


def _named(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


# What stands in many messages, and where it is drawn. Every way to a schema is drawn otherwise, which are thousands.
_ONCE = {"channels": "ImageMessageIn", "actions": "CardMessageIn", "items": "TextMessageIn"}


def _draw_once(name: str, schema: dict) -> None:
    for way in schema.get("anyOf", [schema]):
        for part, place in _ONCE.items():
            if name != place and part not in way.get("required", []):
                way.get("properties", {}).pop(part, None)


def _say_texts(schema: object) -> None:
    """Messages are checked by the same code wherever they stand: those of responses are drawn in all their types."""
    if isinstance(schema, dict):
        for inner in schema.values():
            _say_texts(inner)
        if schema.get("$ref") == _named("MessageIn")["$ref"]:
            schema.update(_named("TextMessageIn"))
    elif isinstance(schema, list):
        for inner in schema:
            _say_texts(inner)


def _close(schema: object) -> None:
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for inner in schema.values():
            _close(inner)
    elif isinstance(schema, list):
        for inner in schema:
            _close(inner)


@schemathesis.hook
def map_path_parameters(context, path_parameters: dict | None) -> dict | None:
    """Of the identifiers that were made up, every other one is of something that is there."""
    if not path_parameters:
        return path_parameters
    there = _THERE.get(_id(context.operation), {})
    return {name: there.get(name, value) if _is_even(value) else value for name, value in path_parameters.items()}


def _is_even(value: object) -> bool:
    try:
        return uuid.UUID(str(value)).int % 2 == 0
    except ValueError:
        return False


def _id(operation) -> str:
    return operation.definition.raw["operationId"]


@schemathesis.hook
def before_call(context, case, kwargs) -> None:
    """The token that the calls are made with stays: its client's deletions go to a token that is not there."""
    if _id(case.operation) == "deleteToken" and case.path_parameters.get("clientId") == _CLIENT:
        if str(case.path_parameters.get("tokenId")) == "1":
            case.path_parameters["tokenId"] = 4294967295


@schemathesis.hook
def filter_failure(context, failure, case, response) -> bool:
    """Whether a failure is one: good data may be refused for what no schema knows."""
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code != 400:
        return True
    changed = _BECAUSE_OF_WHAT_IS_CHANGED.get(_id(case.operation))
    return not all(
        _BECAUSE_OF_WHAT_IS_THERE.search(error["description"])
        or (changed is not None and changed.search(error["description"]))
        for error in response.json()["errors"]
    )
