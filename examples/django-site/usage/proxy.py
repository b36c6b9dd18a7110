"""Hands requests below /carbon/ to `ada-carbon serve`, and says who has signed in.

It keeps a thread of Django busy as long as a page is open, since live events do not end. In production nginx does this
(README.md has the lines).
"""

import http.client
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

# What the service is told of a request. Not cookies, and never an X-Remote-User that the client sent.
PASSED_ON = ("Accept", "Accept-Encoding", "Accept-Language", "If-None-Match", "Last-Event-ID")
# Headers of a connection, not of a reply (RFC 9110, 7.6.1); each server sets its own.
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "date", "server"}
SECONDS = 60


@require_safe
def carbon(request):
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    headers["Host"] = request.get_host()
    if request.user.is_authenticated:
        headers["X-Remote-User"] = request.user.get_username().encode()
    service = http.client.HTTPConnection(urlsplit(settings.CARBON_SERVICE).netloc, timeout=SECONDS)
    try:
        service.request(request.method, request.get_full_path(), headers=headers)
        answer = service.getresponse()
    except (OSError, http.client.HTTPException) as error:
        service.close()
        return HttpResponse(f"The carbon service cannot be reached: {error}\n", "text/plain", 502)
    reply = StreamingHttpResponse(chunks(answer, service), status=answer.status)
    # Django would say text/html where the service says nothing, of a 304 for instance.
    del reply["Content-Type"]
    for name, value in answer.getheaders():
        if name.lower() not in OF_THE_CONNECTION:
            reply[name] = value
    return reply


def chunks(answer, service):
    """What has arrived, as soon as it has: `read` would wait until there is more of it."""
    try:
        while chunk := answer.read1(65_536):
            yield chunk
    finally:
        service.close()
