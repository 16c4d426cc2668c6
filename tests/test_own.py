"""The learner's own digits, photographs and text: what is taken, what is left out."""

import base64
import codecs
import io
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from course import assets, own, paths
from course.errors import CourseError
from course.own import digits, photos, strokes, text
from course.own.drawing_pad import Pad, save
from course.own.folder import Unusable
from course.own.pictures import grey, open_picture
from course.own.prepare import prepare


@pytest.fixture(autouse=True)
def my(tmp_path, monkeypatch):
    """A fresh home; the test puts files into its my/."""
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    for kind in own.KINDS:
        (tmp_path / "my" / kind).mkdir(parents=True)
    return tmp_path / "my"


def seven(size=(140, 140)) -> Image.Image:
    return strokes.shipped()["7_a"].resize(size)


def far(one, other) -> float:
    """The mean difference of two pictures' grey levels, over 28 by 28 pixels.

    Up to a shift by one pixel, which the rounding of the centre of mass decides.
    """
    one, other = np.float32(one), np.float32(other)
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(
        float(np.abs(np.roll(one, shift, (0, 1)) - other).mean()) for shift in shifts
    )


# --- digits


@pytest.mark.parametrize("name", ["7.png", "7_b.jpg", "7b.png", "7 (2).webp", "7"])
def test_a_name_begins_with_its_digit(name):
    assert digits.label(name) == 7


@pytest.mark.parametrize("name", ["70.png", "2026-11-24.jpg", "IMG_7.jpg", "٧.png"])
def test_another_name_is_refused(name):
    with pytest.raises(Unusable, match="must begin with one digit"):
        digits.label(name)


def test_an_empty_folder_gives_twenty_shipped_digits_and_says_so(capsys):
    taken = own.load("digits")
    assert (len(taken), taken.source) == (20, "shipped")
    assert np.bincount(taken.labels).tolist() == [2] * 10
    for images in (taken.images, taken.raw):
        assert (images.dtype, images.shape) == (np.uint8, (20, 28, 28))
    assert len({image.tobytes() for image in taken.images}) == 20
    told = capsys.readouterr().out
    assert told.startswith("Not yours: 20 digits that come with the course.")
    assert "into the folder my/digits" in told and "Left out" not in told


def test_prepared_digits_lie_as_mnists_do():
    for image in own.load("digits").images:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        weights = image / image.sum()
        assert abs((weights.sum(axis=1) * range(28)).sum() - 14) <= 0.5
        assert abs((weights.sum(axis=0) * range(28)).sum() - 14) <= 0.5
        assert image.max() == 255


def test_a_neighbour_in_mnist_reads_prepared_digits_but_not_raw_ones():
    from sklearn.neighbors import KNeighborsClassifier

    mnist = assets.load("mnist")
    neighbours = KNeighborsClassifier(3)
    pictures = mnist.train_images[:4000].reshape(-1, 784) / 255
    neighbours.fit(pictures, mnist.train_labels[:4000])
    taken = own.load("digits")

    def right(images):
        found = neighbours.predict(images.reshape(-1, 784) / 255)
        return (found == taken.labels).sum()

    assert right(taken.images) >= 18
    assert right(taken.raw) <= 5


def test_mnists_own_digits_come_back_nearly_as_they_were():
    for image in assets.load("mnist").test_images[:20]:
        for given_picture in (image, 255 - image):
            assert far(prepare(Image.fromarray(given_picture)), image) < 5
        large = ImageOps.invert(Image.fromarray(image).resize((280, 280)))
        assert far(prepare(large), image) < 12


def photograph(drawn: Image.Image, shadow: float) -> Image.Image:
    """As if on paper, 900 by 700: lit from one side, a shadow's edge across, grain."""
    sheet = Image.new("L", (900, 700), 236)
    sheet.paste(drawn.resize((500, 500)), (200, 100))
    y, x = np.mgrid[0:1:700j, 0:1:900j]
    light = (1 - 0.4 * x) * np.where(x + y > 1.1, 1 - shadow, 1)
    grain = np.random.default_rng(0).normal(0, 5, x.shape)
    return Image.fromarray(np.uint8(np.clip(np.asarray(sheet) * light + grain, 0, 255)))


@pytest.mark.parametrize("shadow", [0, 0.4])
def test_a_photograph_of_paper_is_as_good_as_a_drawing(shadow):
    for name in ("0_a", "4_b", "7_a", "8_b"):
        sheet = strokes.shipped()[name]
        assert far(prepare(photograph(sheet, shadow)), prepare(sheet)) < 18
        assert far(prepare(ImageOps.invert(sheet)), prepare(sheet)) < 2


def test_a_phone_held_sideways_is_turned_upright(my):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it
    turned = seven().transpose(Image.Transpose.ROTATE_90)
    turned.save(my / "digits" / "7.jpg", exif=exif, quality=95)
    taken = own.load("digits")
    assert (taken.source, taken.names) == ("yours", ("7.jpg",))
    assert far(taken.images[0], prepare(seven())) < 4
    assert far(taken.raw[0], np.asarray(seven((28, 28)))) < 10


def transparent(ink: int) -> Image.Image:
    alpha = seven().point(lambda level: 255 if level < 128 else 0)
    drawn = Image.new("RGBA", alpha.size, (ink, ink, ink, 0))
    drawn.putalpha(alpha)
    return drawn


DEEP = Image.fromarray(np.asarray(seven()).astype(np.uint16) * 257)
FORMS = {
    "dark on nothing": transparent(0),
    "light on nothing": transparent(255),
    "sixteen bits": DEEP,
    "palette": seven().convert("P"),
    "black and white": seven().convert("1", dither=Image.Dither.NONE),
    "32 bits": seven().convert("I"),
    "colour": seven().convert("RGB"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_kind_of_picture_gives_the_same_digit(form):
    assert far(prepare(grey(FORMS[form])), prepare(seven())) < 6


@pytest.mark.parametrize("size", [(12, 12), (6000, 4000)])
def test_the_least_and_the_most_size_are_taken(my, size):
    seven(size).save(my / "digits" / "7.png", compress_level=1)
    assert own.load("digits").source == "yours"


# --- files that cannot be used


def png(width: int, height: int) -> bytes:
    """The head of a PNG of this size, which no one will decode."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [
        struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        for body in (head, b"IDAT")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


BAD = {
    "7.png": (b"", "is empty (0 bytes)"),
    "7_a.png": (b"not a picture", "is not a picture that can be read"),
    "7_b.jpg": (encoded(seven(), "JPEG")[:900], "is damaged or cut off"),
    "7_c.png": (png(60_000, 60_000), "far too many pixels"),
    "7_d.png": (png(6001, 20), "at most 6,000 pixels"),
    "7_e.png": (encoded(seven((11, 30)), "PNG"), "at least 12 pixels"),
    "7_f.gif": (
        encoded(seven(), "GIF", save_all=True, append_images=[seven().rotate(90)]),
        "is an animation",
    ),
    "7_g.heic": (b"anything", "is a HEIC picture: save or export it as JPEG"),
    "7_h.jpg": (b"\0\0\0\x18ftypheic" + bytes(99), "is a HEIC picture, whatever"),
    "7_i.svg": (b"<svg/>", "is a drawing of vectors"),
    "7_j.png": (encoded(Image.new("L", (90, 90), 230), "PNG"), "nothing that stands"),
    "seven.png": (encoded(seven(), "PNG"), "must begin with one digit"),
    "7_k.dng": (encoded(seven(), "TIFF"), "is a camera's raw file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_left_out_and_the_others_are_used(my, name, capsys):
    content, sentence = BAD[name]
    (my / "digits" / name).write_bytes(content)
    seven().save(my / "digits" / "7_z.png")
    taken = own.load("digits")
    assert taken.names == ("7_z.png",)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Yours, from my/digits: 1 digit (7: 1)."
    assert told[1] == "Left out:"
    assert told[2].startswith(f"- {name} ") and sentence in told[2]
    assert len(told) == 3


def test_a_folder_or_a_broken_link_with_a_files_name(my, capsys):
    (my / "digits" / "7.png").mkdir()
    told = "- 7.png is a folder"
    if hasattr(os, "mkfifo"):  # Windows lets only administrators make links
        (my / "digits" / "8.png").symlink_to("nowhere")
        told += ": move the files in it up, then delete it.\n- 8.png is not a file"
    assert own.load("digits").source == "shipped"
    assert told in capsys.readouterr().out


def test_litter_is_passed_over_and_many_problems_are_counted(my, capsys):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (my / "digits" / name).write_bytes(b"x")
    own.load("digits")
    assert "Left out" not in capsys.readouterr().out
    for number in range(11):
        (my / "digits" / f"{number}x.png").write_bytes(b"")
    own.load("digits")
    told = capsys.readouterr().out
    assert told.count("- ") == 9 and told.endswith("- and 3 more.\n")


@pytest.mark.parametrize("kind", own.KINDS)
@pytest.mark.parametrize("place", ["my", "my/KIND"])
def test_a_file_where_the_folder_belongs(tmp_path, monkeypatch, capsys, kind, place):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "other"))
    file = tmp_path / "other" / place.replace("KIND", kind)
    file.parent.mkdir(parents=True)
    file.write_text("a file", encoding="utf-8")
    assert own.load(kind).source == "shipped"
    place = place.replace("KIND", kind)
    assert f"{place} is a file, but must be a folder" in capsys.readouterr().out
    assert file.read_text("utf-8") == "a file"


def test_without_the_right_to_read(my):
    """Root may read everything, so that there it gives up that power first.

    Windows knows no such rights by number: there the files are read as usual.
    """
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "my" / "digits"
        folder.mkdir(parents=True)
        seven().save(folder / "7.png")
        seven().save(folder / "7_b.png")
        (folder / "7_b.png").chmod(0)
        os.chmod(home, 0o755)
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        bounded = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        code = "from course import own; print(own.load('digits').names)"

        def told():
            return subprocess.run(
                [*(bounded if root else ()), sys.executable, "-c", code],
                env=os.environ | {"COURSE_HOME": home},
                cwd=paths.CHECKOUT,
                capture_output=True,
                text=True,
            )

        first = told()
        folder.chmod(0)
        second = told()
        folder.chmod(0o755)
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    if os.name != "nt":
        assert "- 7_b.png cannot be read (Permission denied)" in first.stdout
        assert "('7.png',)" in first.stdout
        assert "my/digits cannot be used (Permission denied)" in second.stdout


def test_an_unknown_kind():
    with pytest.raises(CourseError, match="the kinds: digits, photos, text"):
        own.load("music")


# --- any picture at all


@st.composite
def pictures(draw):
    mode = draw(st.sampled_from(["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]))
    mode = draw(st.sampled_from([mode, "I", "F", "HSV", "YCbCr", "LAB", "PA", "La"]))
    size = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
    colours = st.integers(0, 255)
    picture = Image.new("L", size, draw(colours))
    pen = ImageDraw.Draw(picture)
    for _ in range(draw(st.integers(0, 4))):
        points = draw(st.lists(st.tuples(*[st.integers(0, 90)] * 2), min_size=2))
        pen.line(points, fill=draw(colours), width=draw(st.integers(1, 30)))
    # Any mode: the drawing's bytes, over and over, are the picture's.
    length = len(Image.new(mode, size).tobytes())
    drawn = picture.tobytes()
    content = (drawn * (length // len(drawn) + 1))[:length]
    return Image.frombytes(mode, size, content)


@settings(max_examples=60, deadline=None)
@given(pictures())
def test_any_picture_is_prepared_or_refused_in_a_sentence(picture):
    try:
        image = prepare(grey(picture))
    except Unusable as problem:
        assert str(problem).endswith(".")
    else:
        assert (image.shape, image.dtype, image.max()) == ((28, 28), np.uint8, 255)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF", "ICO", "PPM"]),
    changes=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), max_size=6),
    kept=st.integers(0, 6000),
)
def test_any_damage_to_a_file_is_one_sentence(tmp_path_factory, kind, changes, kept):
    content = bytearray(encoded(seven((48, 48)), kind)[:kept])
    for place, value in changes:
        if place < len(content):
            content[place] = value
    file = tmp_path_factory.mktemp("damaged") / "7.png"
    file.write_bytes(content)
    try:
        prepare(grey(open_picture(file, 12, 6000)))
    except Unusable as problem:
        assert str(problem).endswith(".")


# --- photographs


def test_two_shipped_photographs_are_credited(capsys):
    taken = own.load("photos")
    assert (taken.source, taken.labels) == ("shipped", (None, None))
    assert [image.size for image in taken.images] == [(640, 427)] * 2
    told = capsys.readouterr().out
    assert "danielbuechele" in told and "CC BY 2.0" in told and "my/photos" in told


def test_photographs_are_upright_rgb_scaled_and_labelled(my, capsys):
    (my / "photos" / "cat").mkdir()
    (my / "photos" / "cat" / "deeper").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = Image.new("RGB", (2048, 500), "red")
    wide.save(my / "photos" / "cat" / "1.jpg", exif=exif)
    Image.new("RGBA", (64, 80), (0, 0, 0, 0)).save(my / "photos" / "glass.png")
    Image.new("L", (63, 300)).save(my / "photos" / "thin.png")
    (my / "photos" / "drawing.svg").write_text("<svg/>", encoding="utf-8")
    taken = own.load("photos")
    assert taken.names == ("cat/1.jpg", "glass.png")
    assert taken.labels == ("cat", None)
    assert [image.size for image in taken.images] == [(250, 1024), (64, 80)]
    assert {image.mode for image in taken.images} == {"RGB"}
    assert taken.images[1].getpixel((0, 0)) == (255, 255, 255)
    told = capsys.readouterr().out
    assert "2 photographs (cat: 1, without a label: 1)" in told
    assert "- cat/deeper is a folder" in told
    assert "- thin.png is too small (63 by 300 pixels)" in told
    assert "- drawing.svg is a drawing of vectors" in told


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_a_photograph_of_more_than_8_bits_is_scaled_not_clipped(my, mode):
    ramp = np.tile(np.linspace(0, 65535, 80), (80, 1))
    kind = {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
    picture = Image.fromarray(ramp.astype(kind))
    assert picture.mode == mode
    picture.save(my / "photos" / "deep.tif")
    (taken,) = own.load("photos").images
    assert far(taken.getchannel("R"), ramp / 257) < 1


def test_at_most_200_photographs(my, capsys):
    content = encoded(Image.new("L", (64, 64)), "PNG")
    for number in range(203):
        (my / "photos" / f"{number:03}.png").write_bytes(content)
    taken = own.load("photos")
    assert len(taken) == photos.MOST_FILES == 200 and taken.names[-1] == "199.png"
    assert "- 3 files after the first 200" in capsys.readouterr().out


# --- text

LONG = "Ink on paper, ✓ and ü.\n" * 50
CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\r"
)
MARKED = {
    "utf-8": b"",
    "utf-8-sig": b"",  # writes its mark itself
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


@given(st.text(CHARACTERS), st.sampled_from(sorted(MARKED)), st.sampled_from("nr2"))
def test_text_survives_every_encoding_and_line_end(written, encoding, ends):
    written = written.removeprefix("\ufeff")
    ended = written.replace("\n", {"n": "\n", "r": "\r", "2": "\r\n"}[ends])
    assert text.decode(MARKED[encoding] + ended.encode(encoding)) == written


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused_in_a_sentence(content):
    try:
        assert "\0" not in text.decode(content)
    except Unusable as problem:
        assert str(problem).endswith(".")


def test_files_are_joined_in_order(my, capsys):
    (my / "text" / "b.txt").write_bytes(LONG.replace("\n", "\r\n").encode("utf-16"))
    (my / "text" / "a.MD").write_bytes(codecs.BOM_UTF8 + b"# Title")
    (my / "text" / "c.docx").write_bytes(b"PK")
    taken = own.load("text")
    assert (taken.text, taken.names) == ("# Title\n\n" + LONG, ("a.MD", "b.txt"))
    assert len(taken) == len(taken.text)
    assert "- c.docx is no .txt or .md file" in capsys.readouterr().out


def test_the_shipped_text_is_twenty_kilobytes_of_shakespeare(capsys):
    taken = own.load("text")
    assert (taken.source, taken.names) == ("shipped", ("coriolanus.txt",))
    assert 18_000 < len(taken) < 22_000
    assert taken.text.startswith("First Citizen:\nBefore we proceed any further")
    assert "public domain" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Grüße".encode("latin-1") * 300, "is not UTF-8: byte 2, counted from 0"),
        (codecs.BOM_UTF8 + b"ab\xff", "byte 5"),
        (codecs.BOM_UTF16_LE + b"a\0b", "is not UTF-16: byte 4"),
        (b"GIF89a\0\0" * 300, "is no text but a binary file"),
        (b"\x1f\x08\x01" * 500, "is no text but a binary file"),
        (b"too short", "9 characters are too few: add text until there are 1,000"),
        (b"", "is empty (0 bytes)"),
    ],
)
def test_text_that_cannot_be_used(my, content, sentence, capsys):
    (my / "text" / "bad.txt").write_bytes(content)
    assert own.load("text").source == "shipped"
    assert sentence in capsys.readouterr().out


def test_text_of_more_than_twenty_megabytes(my, capsys):
    with (my / "text" / "big.txt").open("wb") as file:
        file.truncate(20_000_001)
    assert own.load("text").source == "shipped"
    assert "use one of at most 20 MB" in capsys.readouterr().out


# --- the pad (tests/test_browser_pad.py draws on it)

DRAWN = "data:image/png;base64," + base64.b64encode(encoded(seven(), "PNG")).decode()


def test_save_takes_the_next_free_name_and_overwrites_nothing(my):
    (my / "digits" / "7_2.png").write_bytes(b"mine")
    names = [save(7, DRAWN).name for _ in range(2)] + [save(0, DRAWN).name]
    assert names == ["7_1.png", "7_3.png", "0_1.png"]
    assert (my / "digits" / "7_2.png").read_bytes() == b"mine"
    assert own.load("digits").names == ("0_1.png", "7_1.png", "7_3.png")


@pytest.mark.parametrize("digit", [None, 10, -1, "7", True, 1.0])
def test_save_asks_for_a_digit(my, digit):
    with pytest.raises(CourseError, match="Choose which digit it is"):
        save(digit, DRAWN)
    assert list((my / "digits").iterdir()) == []


@pytest.mark.parametrize("drawn", [None, "", "data:image/png;base64,%%", DRAWN[:40]])
def test_save_refuses_what_is_no_drawing(my, drawn):
    broken = drawn if drawn != DRAWN[:40] else DRAWN[:22] + "AAAA"
    with pytest.raises(CourseError, match="did not arrive whole"):
        save(7, broken)
    assert list((my / "digits").iterdir()) == []


def test_a_full_disk_leaves_nothing_and_says_so(my):
    """By a limit on the size of files, which the system has wherever `resource` is."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "from course.errors import CourseError\n"
        "from course.own.drawing_pad import save\n"
        f"try: save(7, {DRAWN!r})\n"
        "except CourseError as error: print(error)\n"
    )
    if os.name == "nt":  # no such limit there
        return
    told = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert told.startswith("Nothing was saved (File too large): make room")
    assert list((my / "digits").iterdir()) == []


def test_the_pad_answers_what_was_saved(monkeypatch):
    pad, answers = own.pad(), []
    monkeypatch.setattr(Pad, "send", lambda self, answer: answers.append(answer))
    pad._handle_custom_msg({"digit": 7, "png": DRAWN}, [])
    pad._handle_custom_msg({}, [])
    assert [answer["saved"] for answer in answers] == [True, False]
    assert answers[0]["said"] == "Saved as my/digits/7_1.png."


def test_where_no_widget_runs_one_line_says_how_to_do_without(monkeypatch):
    assert own.pad()._repr_mimebundle_()[0]["text/plain"] == own.WITHOUT_PAD
    assert "\n" not in own.WITHOUT_PAD
    for name in ("anywidget", "course.own.drawing_pad"):
        monkeypatch.setitem(sys.modules, name, None)
    assert repr(own.pad()) == own.WITHOUT_PAD


def test_the_pads_script_is_short():
    script = (paths.PACKAGE / "own" / "pad.js").read_text("utf-8")
    assert len(script.splitlines()) < 80
