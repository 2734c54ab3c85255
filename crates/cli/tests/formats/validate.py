"""Holds JSON documents against a schema: validate.py SCHEMA strict|open DOCUMENT...

Prints a line for each problem: the document, where, and what is wrong.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")
from jsonschema.validators import validator_for  # noqa: E402


def close(schema):
    """Lets objects have no properties but those that are named."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    kind = validator_for(schema)
    kind.check_schema(schema)
    if sys.argv[2] == "strict":
        close(schema)
    validator = kind(schema)
    is_wrong = False
    for name in sys.argv[3:]:
        with open(name, encoding="utf-8") as file:
            document = json.load(file)
        for error in list(validator.iter_errors(document))[:5]:
            is_wrong = True
            where = "/".join(str(part) for part in error.absolute_path)
            print(name, where, error.message[:300].replace("\n", " "))
    sys.exit(is_wrong)


main()
