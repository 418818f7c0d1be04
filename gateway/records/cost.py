"""What a call costs: tokens times the prices of a dated file that anybody can edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.call import Usage
from gateway.errors import BadInput

SHIPPED = Path(__file__).parent / "prices.yaml"
MILLION = 1_000_000

Price = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
"""US dollars for a million tokens."""


class ModelPrices(BaseModel):
    """One model's prices: input, cached input, output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: tuple[Price, Price, Price]
    audio: tuple[Price, Price, Price]
    image: tuple[Price, Price] = (Decimal(0), Decimal(0))

    def cost(self, usage: Usage) -> Decimal:
        """US dollars; cached tokens are part of the input tokens and cost less."""
        kinds = (
            (usage.input_text, usage.cached_text, usage.output_text, self.text),
            (usage.input_audio, usage.cached_audio, usage.output_audio, self.audio),
            (usage.input_image, usage.cached_image, 0, (*self.image, Decimal(0))),
        )
        total = sum(
            (fresh - cached) * price + cached * cheap + out * dear
            for fresh, cached, out, (price, cheap, dear) in kinds
        )
        return Decimal(total) / MILLION


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of all models known on a day."""

    as_of: str
    models: Mapping[str, ModelPrices]

    def cost(self, model: str, usage: Usage | None) -> Decimal | None:
        """US dollars of one response, or None: an unknown model, or usage that was not told, has no cost.

        A dated name such as `gpt-realtime-2.1-2026-08-01` has the price of its longest known beginning.
        """
        known = [name for name in self.models if model == name or model.startswith(name + "-20")]
        if usage is None or not known:
            return None
        return self.models[max(known, key=len)].cost(usage)


def load(path: Path | None = None) -> Prices:
    """Read a price file; the shipped one without `path`. Raises BadInput with the cure."""
    file = path or SHIPPED
    try:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        models = {str(name): ModelPrices.model_validate(prices) for name, prices in written["models"].items()}
        return Prices(str(written.get("as_of", "")), models)
    except FileNotFoundError:
        raise BadInput(str(file), "file", str(file), "there is no such file") from None
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(str(file), "models", repr(error), "write it like the shipped prices.yaml") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise BadInput(
            str(file), key, first["input"], "write [input, cached input, output] in dollars"
        ) from None
