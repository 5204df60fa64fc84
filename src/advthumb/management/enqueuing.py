"""`--enqueue`: tasks are enqueued for what is due, instead of making it in the command."""

from django.core.management import CommandError

from advthumb.core.detection import ON_SAVE, Verdict
from advthumb.fields.enqueuing import EnqueueError, enqueue
from advthumb.fields.relations import by_source
from advthumb.fields.waiting import Waiting, key_texts

from .jobs import Job
from .outcomes import Outcome, Result
from .run_options import RunOptions
from .scanned_columns import Assessed


def enqueue_due(job: Job, options: RunOptions) -> None:
    """Enqueue a task for each source of a row's due thumbnails. Nothing is left that the command must make.

    Args:
        job: The row. Its due thumbnails become results.
        options: The options of the run.

    Raises:
        CommandError: A task could not be enqueued. The next ones would fail for the same reason.
    """
    selection, due = job.selection, {one.field: one for one in job.due}
    key = key_texts(selection.model, job.pk)
    for group in by_source(due):
        source = due[group.fields[0]].source_name
        replaced = {
            field.name: due[field].thumbnail_name for field in group.fields if _is_again(due[field], options)
        }
        waiting = Waiting(selection.model, key, selection.using, source, group.fields, replaced)
        try:
            enqueued = enqueue(waiting).fields
        except EnqueueError as error:
            raise CommandError(f"No task could be enqueued: {error}") from error
        job.left += [_result(job, due[field], is_new=field in enqueued) for field in group.fields]
    job.due.clear()


def _is_again(one: Assessed, options: RunOptions) -> bool:
    """Return whether a task would leave a thumbnail as it is, if it were not told to make it again."""
    return options.force or one.assessment.verdict not in ON_SAVE


def _result(job: Job, one: Assessed, *, is_new: bool) -> Result:
    if is_new:
        return Result(job.selection, job.pk, one, Outcome.ENQUEUED, one.assessment.reason)
    assessment = one.assessment._replace(verdict=Verdict.WAITING, reason="a task was enqueued before")
    return Result(job.selection, job.pk, one._replace(assessment=assessment), Outcome.LEFT, assessment.reason)
