"""Cut the request shapes that the emulator checks out of botocore's service models.

    python -m scripts.reduce_service_model

Writes src/outcrop/emulator/data/shapes.json: the shapes reachable from the requests of OPERATIONS,
without documentation. Run it when a newer botocore fails tests/emulator/test_shapes.py, and read
the difference: each new member is a new thing callers may say.

Source: botocore, Apache-2.0.
"""

from pathlib import Path
from typing import Any

import botocore
import botocore.loaders
import msgspec

TARGET = Path(__file__).parent.parent / "src" / "outcrop" / "emulator" / "data" / "shapes.json"
OPERATIONS = {
    "bedrock-runtime": ("Converse", "ConverseStream", "CountTokens"),
    "bedrock-agent-runtime": ("Rerank",),
    "bedrock": (
        "GetFoundationModel",
        "GetInferenceProfile",
        "ListFoundationModels",
        "ListInferenceProfiles",
    ),
}
# Said by every shape, and nothing the emulator checks.
LEFT_OUT = {"documentation", "box", "required", "members", "type"}


def main() -> None:
    """Write the file anew."""
    TARGET.write_bytes(encode(reduce_models()))


def encode(model: dict[str, Any]) -> bytes:
    """Write the reduced model the way it is kept: a few lines a shape, members in AWS's order."""
    return msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n"


def reduce_models() -> dict[str, Any]:
    """Return what the file holds, made from the botocore that is installed."""
    loader = botocore.loaders.Loader()
    services = {
        name: reduce_service(loader.load_service_model(name, "service-2"), operations)
        for name, operations in OPERATIONS.items()
    }
    source = f"botocore {botocore.__version__}, Apache-2.0"
    return {"source": source, "services": services}


def reduce_service(model: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Keep the requests of some operations of one service, and all shapes below them."""
    requests = {name: model["operations"][name]["input"]["shape"] for name in operations}
    kept: dict[str, Any] = {}
    for root in requests.values():
        keep(root, model["shapes"], kept)
    return {"requests": requests, "shapes": dict(sorted(kept.items()))}


def keep(name: str, shapes: dict[str, Any], kept: dict[str, Any]) -> None:
    """Copy one shape and everything it refers to."""
    if name in kept:
        return
    kept[name] = reduce_shape(shapes[name])
    references = [*shapes[name].get("members", {}).values()]
    references += [shapes[name][key] for key in ("member", "key", "value") if key in shapes[name]]
    for reference in references:
        keep(reference["shape"], shapes, kept)


def reduce_shape(shape: dict[str, Any]) -> dict[str, Any]:
    """Return one shape with names in place of references."""
    reduced: dict[str, Any] = {"type": shape["type"]}
    members = shape.get("members", {})
    if members:
        reduced["members"] = {name: member["shape"] for name, member in members.items()}
        query = {
            name: member["locationName"]
            for name, member in members.items()
            if member.get("location") == "querystring"
        }
        reduced |= {"query": query} if query else {}
    if shape.get("required"):
        reduced["required"] = shape["required"]
    for key, value in shape.items():
        if key not in LEFT_OUT and value != []:
            reduced[key] = value["shape"] if key in {"member", "key", "value"} else value
    return reduced


if __name__ == "__main__":
    main()
