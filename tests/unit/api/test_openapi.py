import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.app import REST
from api.problems import KINDS
from api.scopes import SCOPES


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_is_in_the_document_with_its_scope(document):
    for operation, _ in REST:
        found = document["paths"][operation.path][operation.method.lower()]
        assert found["operationId"] == operation.name
        assert found["security"] == [{"oauth2": [operation.scope]}]
        assert {"401", "403"} <= found["responses"].keys()
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow == {"tokenUrl": "/oauth/token", "scopes": SCOPES}


def test_every_schema_is_referred_to_and_has_a_plain_name(document):
    text = str(document)
    for name in document["components"]["schemas"]:
        assert name.isalnum()
        assert f"#/components/schemas/{name}'" in text


def test_bodies_take_no_unknown_fields(document):
    schemas = document["components"]["schemas"]
    for name in ("BetBody", "BetLeg", "ProfileSettings", "MarginBody", "SuspendCommand", "FactorCommand"):
        assert schemas[name]["additionalProperties"] is False


def test_bounds_of_parameters_are_in_the_document(document):
    parameters = {p["name"]: p for p in document["paths"]["/v1/markets"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert parameters["suspended"]["schema"] == {"type": "string", "enum": ["true", "false"]}
    path = document["paths"]["/v1/markets/{event_id}/{market}"]["get"]["parameters"]
    assert [(p["name"], p["in"], p["required"]) for p in path] == [
        ("event_id", "path", True),
        ("market", "path", True),
    ]


def test_every_problem_but_those_of_routing_is_in_the_document(document):
    text = str(document["paths"])
    for kind in KINDS.values():
        assert (kind.type in text) == (kind.name not in ("method-not-allowed", "internal"))
