"""What a caller says about sampling reaches the model, and nothing else does."""

import msgspec
import pytest

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.smollm2_sampling import encode_sampling
from outcrop.types.requests import Request, Sampling


def _request(sampling: Sampling | None = None, fields: bytes | None = None) -> Request:
    return Request(
        model="any",
        sampling=sampling or Sampling(),
        additional_model_request_fields=None if fields is None else msgspec.Raw(fields),
    )


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(_request(), {"max_tokens": 512, "temperature": 0.0, "stop": []}, id="nothing"),
        pytest.param(
            _request(
                Sampling(
                    max_tokens=9,
                    temperature=0.7,
                    top_p=0.9,
                    top_k=20,
                    seed=5,
                    presence_penalty=0.5,
                    frequency_penalty=0.25,
                    stop_sequences=("END", ""),
                )
            ),
            {
                "max_tokens": 9,
                "temperature": 0.7,
                "top_p": 0.9,
                "top_k": 20,
                "seed": 5,
                "presence_penalty": 0.5,
                "frequency_penalty": 0.25,
                "stop": ["END"],
            },
            id="everything",
        ),
        pytest.param(
            _request(Sampling(top_p=0.5)),
            {"max_tokens": 512, "temperature": 0.2, "top_p": 0.5, "stop": []},
            id="a-nucleus-means-sampling",
        ),
        pytest.param(
            _request(fields=b'{"seed": 7, "top_k": 3, "anything": {"else": []}}'),
            {"max_tokens": 512, "temperature": 0.2, "seed": 7, "top_k": 3, "stop": []},
            id="additional-fields",
        ),
        pytest.param(
            _request(fields=b'{"inferenceConfig": {"topK": 4}}'),
            {"max_tokens": 512, "temperature": 0.2, "top_k": 4, "stop": []},
            id="the-other-spelling",
        ),
        pytest.param(
            _request(Sampling(seed=1), b'{"seed": 2}'),
            {"max_tokens": 512, "temperature": 0.2, "seed": 1, "stop": []},
            id="the-request-itself-wins",
        ),
        pytest.param(
            _request(Sampling(temperature=1.0, seed=-1)),
            {"max_tokens": 512, "temperature": 1.0, "seed": 0x7FFF_FFFF, "stop": []},
            id="a-seed-is-never-the-one-that-means-any",
        ),
    ],
)
def test_encode_sampling(request_: Request, expected: dict[str, object]) -> None:
    assert encode_sampling(request_) == {**expected, "repeat_penalty": 1.05}


def test_a_field_of_the_wrong_type() -> None:
    """It is refused, as by AWS; a seed that is ignored would cost somebody an afternoon."""
    with pytest.raises(EngineRefusal) as caught:
        encode_sampling(_request(fields=b'{"seed": "lucky"}'))

    assert (caught.value.status, caught.value.code) == (400, "ValidationException")
    assert caught.value.message == (
        "Malformed input request: Expected `int | null`, got `str` - at `$.seed`, "
        "please reformat your input and try again."
    )
