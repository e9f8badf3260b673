"""`lionrock jobs`: the queue of files that are being taken in."""

from __future__ import annotations

import click

from lionrock.cli.output import note, progress_bar, say, say_json, show_result
from lionrock.cli.session import opened
from lionrock.contract import batch_json, ingest_json, job_json
from lionrock.storage.jobs import Batch

__all__ = ["command", "work_off"]


@click.group("jobs")
def command() -> None:
    """The queue: batches of files that are being taken in. `serve` works on them by itself."""


@command.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only batches that are not done.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: a list of batches.")
def list_jobs(only_open: bool, as_json: bool) -> None:
    """The newest batches first."""
    with opened() as app:
        found = app.intake.batches(only_open=only_open)
    if as_json:
        say_json([batch_json(batch) for batch in found])
        return
    for batch in found:
        _say_batch(batch)
    if not found:
        note("Nothing waits." if only_open else "Nothing was taken in lately.")


def _say_batch(batch: Batch) -> None:
    state = "cancelled" if batch.cancelled else "paused" if batch.paused else "open" if batch.open else "done"
    counts = ", ".join(f"{number} {name}" for name, number in sorted(batch.counts.items()))
    say(f"{batch.id}  {batch.created_at:%Y-%m-%d %H:%M}  {state:<9} {batch.label}: {counts or 'no files'}")


@command.command("show")
@click.argument("batch_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def show(batch_id: str, as_json: bool) -> None:
    """One batch and its files."""
    with opened() as app:
        batch, rows = app.intake.batch(batch_id)
    if as_json:
        say_json({**batch_json(batch), "jobs": [job_json(row) for row in rows]})
        return
    _say_batch(batch)
    for row in map(job_json, rows):
        told = row["reason"] or row["detail"]
        say(f"{row['state']:<9} {row['source']}" + (f"\n          {told}" if told else ""))


def _changed(batch: Batch, as_json: bool) -> None:
    if as_json:
        say_json(batch_json(batch))
    else:
        _say_batch(batch)


@command.command("pause")
@click.argument("batch_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def pause(batch_id: str, as_json: bool) -> None:
    """Begin no further file of a batch."""
    with opened() as app:
        _changed(app.intake.pause(batch_id, True), as_json)


@command.command("resume")
@click.argument("batch_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def resume(batch_id: str, as_json: bool) -> None:
    """Let a paused batch go on: at the next `serve` or `jobs run`."""
    with opened() as app:
        _changed(app.intake.pause(batch_id, False), as_json)


@command.command("cancel")
@click.argument("batch_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def cancel(batch_id: str, as_json: bool) -> None:
    """Give up what is not done of a batch. `documents retry ID` takes one of its files in after all."""
    with opened() as app:
        _changed(app.intake.cancel(batch_id), as_json)


@command.command("run")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file.")
def run(as_json: bool) -> int:
    """Work on all that waits, until nothing does."""
    return work_off(as_json)


def work_off(as_json: bool) -> int:
    """Take in what waits; returns the exit code."""
    failed = 0
    with opened() as app:
        batches = [b for b in app.intake.batches(limit=1_000, only_open=True) if not b.paused and not b.cancelled]
        total, done = sum(batch.open for batch in batches), 0
        for batch in reversed(batches):
            for result in app.intake.work_through(batch.id, only_new=True):
                done += 1
                failed += result.status == "failed"
                if as_json:
                    say_json(ingest_json(result))
                else:
                    show_result(result)
                progress_bar(f"{done}/{total} files", done, total)
    if not total:
        note("Nothing waits.")
    return 1 if failed else 0
