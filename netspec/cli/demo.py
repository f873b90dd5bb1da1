"""The whole story in seconds, on nothing but the package."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from ..errors import LossWarning, NetspecError
from ..kernels import why_not
from ._words import Json, say, say_json

if TYPE_CHECKING:
    from ..network import Network

EVENTS, EPOCHS = 500, 4


class Step(NamedTuple):
    """One step of the story: what was done, how it ended, and whether it ended well."""

    title: str
    outcome: str
    ok: bool


def run(
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Leave the files of the demo here.")
    ] = None,
    json: Json = False,
) -> None:
    """A spec, a network built, trained and run, saved, verified, loaded: the same bits; damage
    found; a file for ROOT. Leaves nothing behind unless --keep says where.
    """
    start, steps = perf_counter(), []
    with _folder(keep) as folder:
        for step in _story(folder):
            steps.append(step)
            if not json:
                say(f"{len(steps)}. {step.title}\n{indent(step.outcome, '   ')}")
    seconds, ok = perf_counter() - start, all(step.ok for step in steps)
    if json:
        kept = None if keep is None else str(keep)
        steps_data = [step._asdict() for step in steps]
        say_json({"ok": ok, "seconds": seconds, "folder": kept, "steps": steps_data})
    elif ok:
        say(f"\nAll as it should be, in {seconds:.1f} s. Start your own: netspec new mine.yaml")
        if keep is not None:
            say(f"The files are in {keep}.")
        if why_not():
            say(f"It ran on NumPy and plain Python: {why_not()}.")
    else:
        say("\nNOT as it should be: " + ", ".join(step.title for step in steps if not step.ok))
    raise typer.Exit(0 if ok else 1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="netspec-demo-") as folder:
        yield Path(folder)


def _story(folder: Path) -> Iterator[Step]:
    """Tell the story, one step after another; each builds on the files of those before."""
    import numpy

    from ..network import build, load
    from ..report import report
    from ..resources import example
    from ..spec import NetworkSpec
    from ..training import train
    from ..verify import verify

    spec_file, file, again = (folder / name for name in ("jets.yaml", "jets.xml", "again.xml"))
    spec_file.write_bytes(example("jets.yaml").read_bytes())
    spec = NetworkSpec.from_file(spec_file)
    yield Step(f"A network in words: {spec_file.name}", str(report(spec)), True)
    slip = folder / "slip.yaml"
    slip.write_bytes(spec_file.read_bytes().replace(b"units: 64", b"unit: 64"))
    yield _refusal(
        "A slip of the pen is found before anything is built",
        lambda: NetworkSpec.from_file(slip),
    )

    network = build(spec)
    # Any numbers do; these need no random generator and differ in every place.
    x = numpy.sin(numpy.arange(EVENTS * 300.0)).reshape(EVENTS, 10, 30).astype(spec.dtype)
    signal = numpy.arange(EVENTS) % 2
    x += numpy.float32(0.1) * signal[:, None, None]
    y = network(x)
    scores = ", ".join(str(score) for score in y[:3, 0])
    yield Step(f"Built from seed {spec.seed}, run on {EVENTS} events", f"first: {scores}", True)

    history = train(network, (x, signal), settings={"epochs": EPOCHS, "batch_size": 50})
    before, after = history[0].validation_loss, history[-1].validation_loss
    learned = after < before
    title = f"Trained to tell two kinds of events apart, {EPOCHS} epochs"
    yield Step(title, str(history) if learned else f"NOTHING learned\n{history}", learned)
    y = network(x)

    network.save(file, golden=x[:4])
    size = file.stat().st_size
    yield Step(f"Saved with four golden outputs: {file.name}", f"{size:,} bytes of XML", True)
    answers = verify(file)
    yield Step("Verified: digests, and the golden outputs run again", str(answers), answers.ok)

    loaded = load(file)
    yield Step("Loaded again", *_same_bits(network, loaded, y, loaded(x)))
    loaded.save(again)
    same = again.read_bytes() == file.read_bytes()
    yield Step("Saved again", "the same file, byte for byte" if same else "ANOTHER file", same)

    content, damaged = bytearray(file.read_bytes()), folder / "damaged.xml"
    digit = content.index(b".", content.index(b">", content.index(b"<array"))) + 2
    content[digit] ^= 1  # a digit of a weight becomes the one beside it
    damaged.write_bytes(content)
    yield _refusal("One bit of the file flipped", lambda: load(damaged))

    tmva = folder / "TMVAClassification_jets.weights.xml"
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", LossWarning)
        network.save(tmva, format="tmva")
    told = "".join(f"told: {warning.message}\n" for warning in heard)
    back = load(tmva)
    outcome, ok = _same_bits(network, back, y, back(x.reshape(EVENTS, 300)))
    yield Step(f"Written for ROOT and read back: {tmva.name}", told + outcome, ok)


def _refusal(title: str, attempt: Callable[[], Any]) -> Step:
    """Do what must fail, and tell what the user is told."""
    try:
        attempt()
    except NetspecError as error:
        return Step(title, f"refused: {error}", True)
    return Step(title, "NOT refused", False)


def _same_bits(network: Network, other: Network, y: Any, z: Any) -> tuple[str, bool]:
    """Hold weights and outputs of two networks against each other."""
    from ..ulp import compare

    weights = [compare(a, other.weights[name]) for name, a in network.weights.items()]
    outputs = compare(y, z.reshape(y.shape))
    ok = outputs.where is None and all(distance.where is None for distance in weights)
    if ok:
        count = sum(distance.size for distance in weights)
        return f"{count:,} weights and {outputs.size} outputs: the same bits", True
    worst = max(weights, key=lambda distance: distance.ulp)
    return f"weights: {worst}; outputs: {outputs}", False
