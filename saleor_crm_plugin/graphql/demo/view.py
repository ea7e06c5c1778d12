"""The demo shop's ``/graphql/``: answers queries as Saleor does (saleor/graphql/views.py); a page to try them."""

import json
import logging
from dataclasses import dataclass
from traceback import format_exc, format_exception
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from graphql import GraphQLError, execute, parse, validate
from graphql.error import format_error as located

from ...privacy import masked
from . import explorer, limits
from .people import PermissionDenied
from .schema import schema

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that is no question. ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True)
class Question:
    """What is asked."""

    query: str
    variables: dict[str, Any]
    operation: str | None


def respond(request: HttpRequest) -> HttpResponse:
    """Answer a request. Nothing is ever a traceback."""
    if request.method in ("GET", "HEAD"):
        return explorer.page()
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    try:
        return _answer(request, _question(request))
    except RefusedError as refusal:
        return _json({"errors": [_formatted(GraphQLError(str(refusal)))]}, refusal.status)
    except GraphQLError as error:
        return _json({"errors": [_formatted(error)]}, 400)
    except Exception:
        logger.error("CRM: a query could not be answered: %s", masked(format_exc()))
        return _json({"errors": [_formatted(RuntimeError())]}, 503)


def _question(request: HttpRequest) -> Question:
    # Only JSON: a page of another site can't send it without being asked (CORS).
    if request.content_type != "application/json":
        raise RefusedError("The body has to be application/json.", 415)
    if int(request.META.get("CONTENT_LENGTH") or 0) > limits.LARGEST_BODY:
        raise RefusedError("Request body exceeds maximum size.", 413)
    try:
        data = json.loads(request.body, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise RefusedError("Unable to parse query.") from None
    if not isinstance(data, dict):
        raise RefusedError("Unable to parse query.")
    query, variables, operation = data.get("query"), data.get("variables") or {}, data.get("operationName") or None
    if not query or not isinstance(query, str):
        raise RefusedError("Must provide a query string.")
    if not isinstance(variables, dict) or not isinstance(operation, str | None):
        raise RefusedError("Variables have to be an object, and the name of the operation a string.")
    return Question(query, variables, operation)


def _answer(request: HttpRequest, question: Question) -> HttpResponse:
    try:
        document = parse(question.query)
        limits.check(document, question.variables)
    except RecursionError:
        raise RefusedError("The query is too deep.") from None
    if errors := validate(schema, document):
        return _json({"errors": [_formatted(error) for error in errors]}, 400)
    result = execute(
        schema,
        document,
        variable_values=question.variables,
        operation_name=question.operation,
        context_value=request,
    )
    answer: dict[str, Any] = {"errors": [_formatted(error) for error in result.errors]} if result.errors else {}
    if result.invalid:
        return _json(answer, 400)
    return _json(answer | {"data": result.data}, 200)


def _formatted(error: Exception) -> dict[str, Any]:
    """An error in the shape and with the words of Saleor's (saleor/graphql/utils, format_error)."""
    shown: dict[str, Any] = located(error) if isinstance(error, GraphQLError) else {}
    cause: Exception = error
    while isinstance(cause, GraphQLError) and hasattr(cause, "original_error"):
        cause = cause.original_error
    if not isinstance(cause, GraphQLError | PermissionDenied):
        if cause.__traceback__:
            logger.error("CRM: a query failed: %s", masked("".join(format_exception(cause))))
        shown["message"] = "Internal Server Error"
    return shown | {"extensions": {"exception": {"code": type(cause).__name__}}}


def _json(answer: dict[str, Any], status: int) -> HttpResponse:
    response = HttpResponse(json.dumps(answer), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError
    return number


def _no_number(text: str) -> float:
    raise ValueError(text)
