"""Pages of versions on their way: hand in, comment, send back, approve; what is coming; reviews that fall due."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from promo.core import clock
from promo.core.access import Viewer, can
from promo.core.errors import Refused, Text
from promo.procedures.models import VERSION_STATES, ProcedureVersion
from promo.procedures.queries import title_of_version
from promo.versions import actions, forms, queries
from promo.web import frame, uploads
from promo.web.guard import may, permitted, viewer
from promo.web.pages import done, page, render
from promo.web.transaction import session, write

blueprint = Blueprint("versions", __name__, url_prefix="/versions")
frame.navigation("versions.index", _l("Versions on their way"), "versions", 81, bar=False)


def _comments(version: ProcedureVersion) -> dict[str, list[queries.Said]]:
    """Return the comments on a version, found once a request."""
    if g.get("comments", (None,))[0] != version.id:
        g.comments = (version.id, queries.comments(session(), version.id))
    return g.comments[1]


def _on_version(who: Viewer, version: ProcedureVersion) -> str:
    """Draw where a version stands on its way, and what the viewer may do about it."""
    if version.status not in ("draft", "in_review", "approved") or not can(who, "versions.answer", version):
        return ""
    said = _comments(version)
    unsettled = sum(one.comment.resolved_at is None for found in said.values() for one in found)
    held_up = version.effective_on is not None and version.status == "approved"
    holes = queries.holes(session(), version, version.effective_on or clock.today()) if held_up else []
    return render(
        "versions/_on_version.html", version=version, said=said.get("", []), unsettled=unsettled, holes=holes, stage=""
    )


def _beside_stage(who: Viewer, asked: tuple[ProcedureVersion, str]) -> str:
    """Draw what reviewers wrote beside a stage, and the place to write."""
    version, stage = asked
    if version.status not in ("draft", "in_review") or not can(who, "versions.answer", version):
        return ""
    said = _comments(version).get(stage, [])
    if not said and not (version.status == "in_review" and can(who, "versions.comment", version)):
        return ""
    return render("versions/_comments.html", version=version, stage=stage, said=said)


def _beside_version(who: Viewer, version: ProcedureVersion) -> str:
    """Draw beside a version its signed act, and when it is to be looked at again."""
    file = queries.act(session(), who, version.id) if version.act_file_id and can(who, "versions.act") else None
    reviews = queries.reviews(session(), version) if version.status == "effective" else []
    return render(
        "versions/_beside_version.html",
        version=version,
        file=file,
        reviews=reviews,
        late=bool(version.procedure.review_on and version.procedure.review_on < clock.today()),
        may_review=version.status == "effective" and can(who, "versions.reviewed", version),
    )


frame.block("version", 20, _on_version)
frame.block("version_stage", 10, _beside_stage)
frame.block("version_aside", 50, _beside_version)


@blueprint.get("")
@may("versions.index")
def index() -> Response:
    """What is under review or approved and coming; the reviews that fall due."""
    today = clock.today()
    return page(
        "versions/index.html",
        coming=queries.on_their_way(session(), viewer()),
        reviews=queries.reviews_due(session(), viewer(), today),
        states=dict(VERSION_STATES),
        today=today,
    )


def _version(id_: int) -> ProcedureVersion:
    return permitted(queries.version(session(), viewer(), id_))


def _back(version: ProcedureVersion, message: Text, anchor: str | None = None) -> Response:
    """Go back to the version's page."""
    return done("procedures.show", message, code=version.code, number=version.number, _anchor=anchor)


@blueprint.route("/<int:id_>/submit", methods=["GET", "POST"])
@may("versions.submit")
def submit(id_: int) -> Response:
    """Hand a draft in for review: of substance or editorial, with what changes."""
    version = _version(id_)
    changes = version.definition.get("changes", {})
    start = {"changes_es": changes.get("es"), "changes_en": changes.get("en")}
    form = forms.SubmitForm(data=start)
    if form.validate_on_submit():
        typed = {"es": form.changes_es.data or "", "en": form.changes_en.data or ""}
        try:
            with write() as writing:
                actions.submit(writing, viewer(), id_, substance=form.substance.data == "yes", changes=typed)
        except Refused as refused:
            form.refuse(refused)
            version = _version(id_)
        else:
            return _back(_version(id_), _("It is under review."))
    status = 422 if form.is_submitted() else 200
    return page("versions/submit.html", status, form=form, version=version, title=title_of_version(version))


@blueprint.route("/<int:id_>/approve", methods=["GET", "POST"])
@may("versions.approve")
def approve(id_: int) -> Response:
    """Approve a version: number, date and signed file of the act, and the day on which it comes into force."""
    version = _version(id_)
    form = forms.ApproveForm()
    held = uploads.held("file") if request.method == "POST" else uploads.Held()
    if form.validate_on_submit() and not held.errors:
        values, token = form.values, held.tokens[0] if held.tokens else None
        try:
            with write() as writing:
                actions.approve(writing, viewer(), id_, values, token)
        except Refused as refused:
            held.errors += [str(r.message) for r in refused.reasons if r.field == "file"]
            form.refuse(Refused([r for r in refused.reasons if r.field != "file"]))
        else:
            return _back(_version(id_), _("Approved: it comes into force on its date."))
    version = _version(id_)
    return page(
        "versions/approve.html", 422 if form.is_submitted() else 200,
        form=form,
        held=held,
        version=version,
        title=title_of_version(version),
        mine=queries.wrote(session(), viewer(), version),
        holes=queries.holes(session(), version, form.effective_on.data or clock.today()),
    )  # fmt: skip


def _say(version: ProcedureVersion, title: Text, button: Text, act: Callable[[forms.TextForm], Response]) -> Response:
    """Take one text, or draw its form (again)."""
    form = forms.TextForm()
    if form.validate_on_submit():
        try:
            return act(form)
        except Refused as refused:
            form.refuse(refused)
    status = 422 if form.is_submitted() else 200
    fresh = queries.version(session(), viewer(), version.id)
    return page("versions/_say.html", status, form=form, version=fresh, title=title, button=button)


@blueprint.route("/<int:id_>/comment", methods=["GET", "POST"])
@may("versions.comment")
def comment(id_: int) -> Response:
    """Write beside a stage."""
    version = _version(id_)

    def act(form: forms.TextForm) -> Response:
        with write() as writing:
            made = actions.comment(writing, viewer(), id_, form.stage.data or "", form.text.data)
        anchor = f"stage-{made.stage}" if made.stage else None
        return _back(_version(id_), _("Your comment is there."), anchor)

    return _say(version, _("Comment"), _("Comment"), act)


@blueprint.route("/comments/<int:id_>/answer", methods=["GET", "POST"])
@may("versions.answer")
def answer(id_: int) -> Response:
    """Answer a comment."""
    found = queries.comment(session(), viewer(), id_)
    version = permitted(queries.version(session(), viewer(), found.version_id))
    stage = found.stage

    def act(form: forms.TextForm) -> Response:
        with write() as writing:
            actions.answer(writing, viewer(), id_, form.text.data)
        fresh = queries.version(session(), viewer(), version.id)
        return _back(fresh, _("Answered."), f"stage-{stage}" if stage else None)

    return _say(version, _("Answer: %(text)s", text=found.text[:80]), _("Answer"), act)


@blueprint.post("/comments/<int:id_>/resolve")
@may("versions.resolve")
def resolve(id_: int) -> Response:
    """Say that a comment was attended to."""
    with write() as writing:
        found = actions.resolve(writing, viewer(), id_)
    version = queries.version(session(), viewer(), found.version_id)
    return _back(version, _("Settled."), f"stage-{found.stage}" if found.stage else None)


@blueprint.route("/<int:id_>/send_back", methods=["GET", "POST"])
@may("versions.send_back")
def send_back(id_: int) -> Response:
    """Give a version under review back to its author."""
    version = _version(id_)

    def act(form: forms.TextForm) -> Response:
        with write() as writing:
            actions.send_back(writing, viewer(), id_, form.text.data)
        return _back(_version(id_), _("It is a draft again."))

    return _say(version, _("Send it back"), _("Send it back"), act)


@blueprint.route("/<int:id_>/accept", methods=["GET", "POST"])
@may("versions.accept")
def accept(id_: int) -> Response:
    """Accept, with a reason, that posts have nobody for a function."""
    version = _version(id_)

    def act(form: forms.TextForm) -> Response:
        with write() as writing:
            actions.accept(writing, viewer(), id_, form.text.data)
        return _back(_version(id_), _("Accepted: it comes into force all the same."))

    return _say(version, _("Accept that they have nobody"), _("Accept it"), act)


@blueprint.route("/<int:id_>/reviewed", methods=["GET", "POST"])
@may("versions.reviewed")
def reviewed(id_: int) -> Response:
    """Say that a procedure was looked at again and still holds."""
    version = _version(id_)

    def act(form: forms.TextForm) -> Response:
        with write() as writing:
            actions.reviewed(writing, viewer(), id_, form.text.data)
        return _back(_version(id_), _("Noted: it still holds."))

    return _say(version, _("Reviewed, no change"), _("It still holds"), act)


@blueprint.get("/<int:id_>/act")
@may("versions.act")
def act(id_: int) -> Response:
    """The signed act by which a version was approved: to be saved, never run or drawn by the browser."""
    return uploads.sent(queries.act(session(), viewer(), id_))
