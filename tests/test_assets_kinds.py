"""Real tables, colour pictures and a real language model, as this machine gets them."""

import hashlib
import os
import threading
from importlib import import_module

import numpy as np
import pytest
from test_assets import COMMIT, Server

from course import assets
from course.assets import cache, download, emoji
from course.assets.catalog import File
from course.errors import CourseError

sources = import_module("course.assets.sources")  # the package has a function so named
MIRROR = os.environ.get("COURSE_MIRROR")
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    download.forget()


@pytest.fixture
def server(empty_cache):
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def alone(empty_cache, monkeypatch):
    """No mirror, no Hub and no web; wheels and installed packages remain."""

    def near(variant, every=sources.sources):
        found = every(variant)
        return {name: found[name] for name in ("wheel", "package") if name in found}

    monkeypatch.setattr(assets, "sources", near)


@pytest.mark.skipif(not MIRROR, reason="COURSE_MIRROR is not set")
def test_california_is_a_table_of_districts(empty_cache):
    california = assets.load("california")
    assert (california.variant, california.banner) == ("full", None)
    assert california.frame.shape == (20_640, 10)
    prices = california.frame[california.target]
    assert (prices.max(), (prices == 500_001).sum()) == (500_001, 965)
    assert california.frame["total_bedrooms"].isna().sum() == 207
    assert list(california.about) == list(california.frame.columns)
    assert "20,640 rows" in repr(california)


def test_without_it_there_are_the_patients_that_scikit_learn_ships(alone):
    from sklearn.datasets import load_diabetes

    fetched = assets.fetch("california")
    assert (fetched.variant, fetched.source) == ("diabetes", "package")
    assert "BSD" in fetched.licence
    table = assets.load("california")
    assert "442 patients" in table.banner
    real = load_diabetes(as_frame=True, scaled=False)
    np.testing.assert_allclose(table.frame.drop(columns=table.target), real.data)
    np.testing.assert_allclose(table.frame[table.target], real.target)
    assert list(table.frame.columns[:-1]) == list(real.data.columns)


def test_a_table_with_other_columns_is_refused(alone):
    item = assets.asset("california")
    place = cache.folder(item, item.variants[1])
    assets.load("california")
    data, target = (place / file.path for file in item.variants[1].files)
    target.write_bytes(data.read_bytes())
    with pytest.raises(CourseError, match="not laid out as the course expects"):
        assets.READERS["table"](item, item.variants[1], place)


def test_a_file_of_the_web_is_taken_from_its_address(server, tmp_path):
    content = b"a,b\n1,2\n"
    server.content["/t.csv"] = content

    def variant(name, sha256=""):
        url = f"{server.address}/{name}"
        file = File("t.csv", len(content), url=url, sha256=sha256)
        return assets.Variant("full", "csv", (file,), repo="me")

    assert list(sources.sources(variant("t.csv"))) == ["mirror", "web"]
    told = sources.web(variant("t.csv"), tmp_path / "in")
    assert told == f"web {server.address}/t.csv"
    assert (tmp_path / "in" / "t.csv").read_bytes() == content
    with pytest.raises(download.Unavailable, match="answered 404"):
        sources.web(variant("no.csv"), tmp_path / "no")
    with pytest.raises(download.Refused, match="wrong sha256"):
        sources.web(variant("t.csv", "0" * 64), tmp_path / "bad")


def test_a_package_that_lacks_a_file_or_is_not_there_is_said(tmp_path):
    file = assets.asset("california").variants[1].files[0]
    for installed, says in (("json", "no datasets"), ("no_such", "not installed")):
        variant = assets.Variant("x", "columns", (file,), installed=installed)
        with pytest.raises(download.Unavailable, match=says):
            sources.package(variant, tmp_path)


@pytest.mark.skipif(not MIRROR, reason="COURSE_MIRROR is not set")
def test_cifar10_is_complete():
    """From the cache that `course fetch` filled: to decode it takes half a minute."""
    cifar = assets.load("cifar10")
    assert (cifar.variant, len(cifar.class_names)) == ("full", 10)
    assert cifar.train_images.shape == (50_000, 32, 32, 3)
    assert np.bincount(cifar.train_labels).tolist() == [5000] * 10
    assert np.bincount(cifar.test_labels).tolist() == [1000] * 10


def test_without_it_emoji_are_drawn_and_kin_are_not_parted(alone):
    emojis = assets.load("cifar10")
    assert emojis.variant == "openmoji"
    assert "about 1,900 emoji" in emojis.banner
    assert emojis.class_names[0] == "Smileys & Emotion"
    assert emojis.train_images.shape[1:] == (32, 32, 3)
    assert len(emojis.train_images) + len(emojis.test_images) == 1898
    shares = np.bincount(emojis.test_labels) / np.bincount(
        np.concatenate([emojis.train_labels, emojis.test_labels])
    )
    assert shares.min() > 0.18
    assert shares.max() < 0.25
    assert (emojis.train_images[:, 0, 0] == 255).all(axis=1).mean() > 0.9
    item = assets.asset("cifar10")
    place = cache.folder(item, item.variants[1])
    images, labels, kin = emoji.drawn(place, item.variants[1])
    assert len(np.unique(kin)) < len(kin)
    held_out = {picture.tobytes() for picture in emojis.test_images}
    sides = np.array([picture.tobytes() in held_out for picture in images])
    # Some symbols are drawn alike on purpose, so only families of people are asked.
    for family in np.unique(kin[labels == 1]):
        assert len(set(sides[kin == family].tolist())) == 1


def test_the_chat_model_is_a_llama_that_answers():
    pytest.importorskip("gguf")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    chat = assets.load("smollm2_135m")
    assert chat.title == "SmolLM2-135M-Instruct"
    if chat.variant == "q4_1":
        assert "rounded before" in chat.banner
    tokenizer = AutoTokenizer.from_pretrained(chat.path)
    model = AutoModelForCausalLM.from_pretrained(chat.path, dtype="float32")
    assert type(model).__name__ == "LlamaForCausalLM"
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    question = [{"role": "user", "content": "What is the capital of France?"}]
    asked = tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    told = model.generate(**asked, max_new_tokens=12, do_sample=False)
    assert "Paris" in tokenizer.decode(told[0, asked["input_ids"].shape[1] :])


@pytest.mark.parametrize("source", ["hub", "mirror"])
def test_a_chat_model_comes_from_the_hub_or_a_mirror(
    server, source, tmp_path, monkeypatch
):
    """A tiny model of the real class, in the files that the real entry names."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    words = Tokenizer(WordLevel({"<unk>": 0, "a": 1, "b": 2}, unk_token="<unk>"))
    PreTrainedTokenizerFast(tokenizer_object=words).save_pretrained(tmp_path)
    size = {"hidden_size": 8, "intermediate_size": 16, "vocab_size": 3}
    heads = {"num_attention_heads": 2, "num_hidden_layers": 1}
    model = LlamaForCausalLM(LlamaConfig(**size, **heads)).bfloat16()
    model.save_pretrained(tmp_path)
    variant = assets.asset("smollm2_135m").variants[0]
    sums = ""
    for file in variant.files:
        data = (tmp_path / file.path).read_bytes()
        for revision in ("main", COMMIT):
            server.content[f"/{variant.repo}/resolve/{revision}/{file.path}"] = data
        server.content[f"/mirror/{variant.repo}/{file.path}"] = data
        sums += f"{hashlib.sha256(data).hexdigest()}  {variant.repo}/{file.path}\n"
    server.content["/mirror/SHA256SUMS"] = sums.encode()
    monkeypatch.setenv("HF_ENDPOINT", server.address if source == "hub" else NOBODY)
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    if source == "mirror":
        monkeypatch.setenv("COURSE_MIRROR", f"{server.address}/mirror")

    assert assets.fetch("smollm2_135m").source == source
    chat = assets.load("smollm2_135m")
    assert (chat.variant, chat.banner) == ("bf16", None)
    ids = AutoTokenizer.from_pretrained(chat.path)("a b", return_tensors="pt")
    loaded = AutoModelForCausalLM.from_pretrained(chat.path, dtype=torch.bfloat16)
    torch.testing.assert_close(loaded(**ids).logits, model(**ids).logits)


def test_models_of_gpu_tiers_need_no_account():
    """Their files are named as a sharded model's index names them."""
    for name in ("tinyllama_1b", "llama32_3b", "llama31_8b"):
        (variant,) = assets.asset(name).variants
        assert not variant.repo.startswith("meta-llama/")
        paths = [file.path for file in variant.files]
        shards = [path for path in paths if path.startswith("model-")]
        total = len(shards)
        assert shards == [
            f"model-{n:05}-of-{total:05}.safetensors" for n in range(1, total + 1)
        ]
        assert bool(shards) == ("model.safetensors.index.json" in paths)
