"""How every source on the web is spoken to: patiently, no faster than allowed, with sentences for what goes wrong.

Sources only read; that is why a request may always be sent again, whatever its method.
"""

import datetime as dt
import email.utils
import functools
import random
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Self, TypeVar, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import (
    ConnectTimeoutError,
    InvalidHeader,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import parse_url

from xlsmkt.crm.api import ApiSource
from xlsmkt.crm.connection import Connection
from xlsmkt.crm.paths import shown
from xlsmkt.errors import UserError

TRIES = 6
LONGEST_WAIT = 120.0  # seconds: what asks for more is left for another run
TIMEOUTS = (10.0, 60.0)  # seconds to connect, and between two pieces of an answer
KEPT = "what has arrived is kept"
TOLD = 2.0  # seconds: of a longer wait the user is told
_Method = TypeVar("_Method", bound=Callable[..., Any])
AGAIN = frozenset((500, 502, 503, 504, *range(520, 525)))  # 520 to 524: the network in front of many CRMs

Limited = Callable[[Mapping[str, str], str], str]
"""Told the headers and the body of a 429: "" to wait and try again, else the sentence to stop with."""
Refused = Callable[[int, Any], str]
"""Told the status and the JSON (None: it is none) of a refusal: the sentence for it, or "" for the usual one."""


class Session(requests.Session):
    """Requests to one CRM, for `ApiSource` classes, and for libraries that take a ``requests.Session``.

    Whatever happens on the way raises `UserError`; so do answers with a status of 429 and from 500 after all tries.
    Tokens go in with ``secrets``, headers that appear in no message. Two settings of the connection may be given by
    users whose other programs share the limits: ``requests_per_second`` and ``retry_seconds``, the first wait.
    """

    def __init__(
        self,
        connection: Connection,
        title: str,
        address: str,
        *,
        pace: float,
        secrets: Mapping[str, str] | None = None,
        limited: Limited = lambda _headers, _body: "",
        refused: Refused = lambda _status, _body: "",
        tell: Callable[[str], None] = lambda _words: None,
    ) -> None:
        super().__init__()
        self.connection, self.title, self.address = connection, title, address.strip().rstrip("/")
        self.host = _host(self.address, connection.name)
        self._secrets = {header: value.strip() for header, value in (secrets or {}).items()}
        if not all(value.isascii() and value.isprintable() for value in self._secrets.values()):
            raise UserError(
                f"the token of the connection {connection.name} holds characters that no token has: copy it anew, run "
                f"xlsmkt connect {connection.name} and give it there"
            )
        self.auth = self._authorise  # being set it also keeps a .netrc from replacing the token
        self._limited, self._refused = limited, refused
        self._gap = 1 / _number(connection, "requests_per_second", pace)
        self._next = 0.0
        self._clock: tuple[dt.datetime, float] | None = None
        self._retry = _Retry(
            total=TRIES - 1,
            connect=2,  # who cannot be reached three times is not there: no minute of waiting without a network
            status_forcelist=AGAIN | {429},
            allowed_methods=None,
            backoff_factor=_number(connection, "retry_seconds", 1.0),
            raise_on_status=False,
            redirect=False,
        )
        self._retry.limited = self._why_to_stop
        self._retry.tell = lambda wait: tell(f"{title} lets us wait {wait:.0f} seconds")
        adapter = HTTPAdapter(max_retries=self._retry)
        for scheme in ("https://", "http://"):  # "http" alone would lose to the adapters that stand there already
            self.mount(scheme, adapter)

    def ask(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None) -> Any:
        """The JSON that is answered; ``path`` begins with a slash. Raises UserError."""
        answer = self.request(method, self.address + path, params=params, json=json)
        try:
            body = answer.json(parse_float=Decimal)  # amounts come as they were written
        except (ValueError, ArithmeticError, RecursionError):  # no JSON; numbers of thousands of digits; lists of lists
            body = None
        if not answer.ok:
            raise UserError(self._refused(answer.status_code, body) or self._usual(answer.status_code, path, body))
        if body is None:
            raise self.no_data()
        return body

    def no_data(self) -> UserError:
        """The error for an answer that is not what this CRM sends."""
        return UserError(
            f"{self.host} answers with something else than data, such as a page to log in: check the address of "
            f"{self.connection.name}, or ask whoever runs your network whether a proxy stands between"
        )

    @property
    def heard(self) -> bool:
        """Whether the CRM has told its time."""
        return self._clock is not None

    def now(self) -> dt.datetime:
        """The time by the CRM's clock, as its last answer told it; our own where it tells none. In UTC."""
        if self._clock is None:
            return dt.datetime.now(dt.UTC)
        told, when = self._clock
        return told + dt.timedelta(seconds=time.monotonic() - when)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send, as the base class does; every request comes through here."""
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUTS
        kwargs["allow_redirects"] = False  # a token goes nowhere but where it was meant for
        retry: Retry = self._retry
        while True:
            self._wait_for_turn()
            try:
                answer = super().send(request, **kwargs)
                break
            except requests.RequestException as error:
                if not _broke_off(error):
                    raise UserError(self._failure(error)) from None
            # urllib3 tries again until an answer begins; that it also ends is for us to see to.
            try:
                retry = retry.increment(request.method, request.url, error=ProtocolError("broke off"))
            except MaxRetryError as error:
                raise UserError(self._failure(error)) from None
            retry.sleep()
        self._hear(answer)
        if answer.is_redirect:
            raise UserError(
                f"{self.host} points to another address: check the address of {self.connection.name}, or ask whoever "
                "runs your network whether a proxy stands between"
            )
        if answer.status_code == 429:
            raise UserError(
                f"{self.title} still answers that there are too many requests; other programs may use the same limit: "
                f"run again later, {KEPT}"
            )
        if answer.status_code >= 500:
            raise UserError(
                f"{self.title} has a fault of its own (status {answer.status_code}): run again later, {KEPT}"
            )
        return answer

    def _authorise(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._secrets)
        return request

    def _wait_for_turn(self) -> None:
        wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next = time.monotonic() + self._gap

    def _hear(self, answer: requests.Response) -> None:
        try:
            told = email.utils.parsedate_to_datetime(answer.headers.get("Date", ""))
            told = told.replace(tzinfo=told.tzinfo or dt.UTC).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            return
        self._clock = told, time.monotonic()

    def _failure(self, error: Exception) -> str:
        """A sentence for a request that brought no answer."""
        name = self.connection.name
        cause = error.args[0] if error.args else error
        reason = getattr(error, "reason", None) or getattr(cause, "reason", cause)
        if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.InvalidProxyURL):
            return (
                f"the proxy that this computer goes through does not reach {self.host}: check HTTPS_PROXY, or ask "
                "whoever runs your network"
            )
        if isinstance(error, requests.exceptions.SSLError) or isinstance(reason, SSLError):
            return (
                f"the certificate of {self.host} is not valid here: check the date and time of this computer, or ask "
                "whoever runs your network whether a proxy stands between"
            )
        if isinstance(reason, NameResolutionError):
            return (
                f"{self.host} cannot be found: check that this computer is online, and the address of {name}, then "
                "run again"
            )
        if isinstance(reason, NewConnectionError):
            refused = isinstance(reason.__cause__, ConnectionRefusedError)
            what = "refuses connections" if refused else "cannot be reached"
            return f"{self.host} {what}: check that this computer is online, and the address of {name}, then run again"
        if isinstance(reason, ConnectTimeoutError | ReadTimeoutError):
            return f"{self.title} does not answer in time: run again later, {KEPT}"
        if isinstance(reason, ProtocolError):
            return f"{self.title} broke off its answers {TRIES} times: run again later, {KEPT}"
        return f"{self.title} cannot be reached ({type(error).__name__}): check the network, then run again"

    def _why_to_stop(self, headers: Mapping[str, str], body: str) -> str:
        """The sentence for a limit that does not pass soon."""
        asked = self._retry.seconds_asked(headers.get("Retry-After", ""))
        stop = self._limited(headers, body)
        if stop or asked <= LONGEST_WAIT:
            return stop
        return f"{self.title} wants no more requests for {asked / 60:.0f} minutes: run again then, {KEPT}"

    def _usual(self, status: int, path: str, body: Any) -> str:
        """A sentence for a refusal."""
        name = self.connection.name
        if status == 401:
            return f"{self.title} does not accept the token: run xlsmkt connect {name} and give one that holds"
        if status == 403:
            return f"{self.title} does not let the token read {path}: widen its rights there, then run again"
        if status == 404:
            return f"{self.title} has nothing at {path}: check the address of {name} and the mapping"
        said = body.get("message") if isinstance(body, dict) else None
        words = f": {shown(self.without_secrets(str(said)), 200)}" if said else ""
        return f"{self.title} refused {path} (status {status}){words}"

    def without_secrets(self, text: str) -> str:
        """A text of the CRM's, should it repeat what it was sent."""
        for secret in self._secrets.values():
            for part in filter(None, (secret, secret.rpartition(" ")[2])):  # "Bearer" and the token, the token
                text = text.replace(part, "...")
        return text


class _Retry(Retry):
    """Waits longer from try to try, and asks at a 429 what kind of limit was met."""

    limited: Limited
    tell: Callable[[float], None]

    def new(self, **given: Any) -> Self:
        again = super().new(**given)
        again.limited, again.tell = self.limited, self.tell
        return again

    def increment(self, *args: Any, **kwargs: Any) -> Self:
        response, error = kwargs.get("response"), kwargs.get("error")
        if response is not None and response.status == 429:
            # Here the body can still be read; after the last try it is gone.
            stop = self.limited(response.headers, response.data.decode("utf-8", "replace"))
            if stop:
                raise UserError(stop)
        if isinstance(error, SSLError):  # a certificate does not get better
            raise MaxRetryError(kwargs["_pool"], "", error) from None
        return super().increment(*args, **kwargs)

    def sleep(self, response: Any = None) -> None:
        wait = (self.get_retry_after(response) if response is not None else 0) or self.get_backoff_time()
        if wait >= TOLD:
            self.tell(wait)
        time.sleep(wait)

    def get_backoff_time(self) -> float:
        wait: float = self.backoff_factor * 2 ** (len(self.history) - 1)
        return min(LONGEST_WAIT, wait * random.uniform(1, 1.25))  # several computers do not come back at one moment

    def get_retry_after(self, response: Any) -> float:
        return min(self.seconds_asked(response.headers.get("Retry-After", "")), LONGEST_WAIT)

    def seconds_asked(self, retry_after: str) -> float:
        """What a Retry-After header asks for; 0 where it is blank or means nothing."""
        try:
            return float(self.parse_retry_after(retry_after))
        except (InvalidHeader, ValueError, OverflowError):
            return 0.0


def understood(method: _Method) -> _Method:
    """For methods of sources that read answers: one that is made otherwise than agreed ends them with a sentence."""

    @functools.wraps(method)
    def reads(source: ApiSource, *args: Any, **given: Any) -> Any:
        try:
            return method(source, *args, **given)
        except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError) as error:
            raise UserError(
                f"{source.title} answers otherwise than it should ({type(error).__name__} in {method.__name__}): run "
                f"again later, {KEPT}; if it stays so, report it"
            ) from error

    return cast(_Method, reads)


def _broke_off(error: requests.RequestException) -> bool:
    """Whether an answer began but did not end."""
    broken = requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError
    cause = error.args[0] if error.args else None
    return isinstance(error, broken) or isinstance(cause, ReadTimeoutError)


def _host(address: str, name: str) -> str:
    try:
        url = parse_url(address)
    except LocationParseError:
        url = parse_url("")
    if url.scheme not in ("https", "http") or not url.host:
        raise UserError(f"the address of the connection {name} is none: write it as https:// and a name")
    host = url.host.strip("[]")
    if url.scheme == "http" and host not in ("127.0.0.1", "::1", "localhost"):
        raise UserError(
            f"the address of the connection {name} begins with http://, with which everybody on the way could read the "
            "token: write it with https://"
        )
    return host


def _number(connection: Connection, key: str, default: float) -> float:
    given = connection.settings.get(key, "")
    try:
        number = float(given or default)
    except ValueError:
        number = 0
    if not 0 < number <= 10_000:
        raise UserError(f"{key} of the connection {connection.name} must be a number above 0, such as {default:g}")
    return number
