"""Language models as folders that transformers opens."""

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from course.assets.catalog import Asset, Variant
from course.errors import CourseError

CONVERTED = "converted"


@dataclass(frozen=True)
class Model:
    """A language model and its tokenizer: `AutoModelForCausalLM.from_pretrained(path)`.

    `title` is its name for people.
    """

    name: str
    title: str
    variant: str
    path: Path
    banner: str | None = None


def read(asset: Asset, variant: Variant, folder: Path) -> Model:
    """Return the model whose verified files are in `folder`.

    A GGUF file is turned into safetensors in half precision, once. Raises CourseError
    where that cannot be done.
    """
    path = folder
    if variant.format == "gguf":
        path = folder / CONVERTED
        if not path.is_dir():
            _convert(asset, folder / variant.files[0].path, path)
    return Model(asset.name, asset.title, variant.name, path, variant.banner or None)


def _convert(asset: Asset, gguf: Path, into: Path) -> None:
    """Write a GGUF model with its tokenizer as float16 safetensors; all or nothing."""
    missing = [
        name for name in ("torch", "transformers", "gguf") if not find_spec(name)
    ]
    if missing:
        raise CourseError(
            f"{asset.name} needs {' and '.join(missing)}, which this environment lacks "
            "(a --lite install, perhaps): run `python3 start.py --full` once."
        )
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    print(f"{asset.name}: turning a GGUF file into safetensors, once; under a minute.")
    part = into.with_name(f".{into.name}.{os.getpid()}")
    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    unpacked = GgufConfig(dequantize=True)
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model = AutoModelForCausalLM.from_pretrained(
            **source, quantization_config=unpacked, dtype=torch.float16
        )
        model.save_pretrained(part)
        AutoTokenizer.from_pretrained(**source).save_pretrained(part)
        os.replace(part, into)
    except Exception as error:  # a reader of damaged bytes may raise anything
        raise CourseError(
            f"{asset.name} could not be turned into safetensors ({error}): free some "
            "disk space, or run `course clean --cache`, then try again."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if bars:
            logging.enable_progress_bar()
