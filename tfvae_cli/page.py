"""A server of a few files, only for browsers on this machine."""

import base64
import hashlib
import http.server
import re
import sys
import urllib.parse

ADDRESS = "127.0.0.1"
# The system's own table differs for these, and a browser doesn't run a module that has another type.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".wasm": "application/wasm",
}


class Server(http.server.ThreadingHTTPServer):
    """Serves files on loopback, and nothing else.

    Args:
        port: TCP port; 0 takes any free one.
        files: {path in the URL: `pathlib.Path`}; no other path is served.

    Raises:
        OSError: The port is taken.
    """

    daemon_threads = True

    def __init__(self, port, files):
        self.files = files
        super().__init__((ADDRESS, port), _Handler)
        # A page elsewhere can point its own host name here (DNS rebinding). Only these names are ours.
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        self.policy = _policy(files["/"].read_text(encoding="utf-8"))

    @property
    def address(self):
        """The page's address."""
        return f"http://{ADDRESS}:{self.server_port}/"

    def handle_error(self, request, client_address):
        """Ignores a browser that closed the connection; reports other errors as `socketserver` does."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _policy(page):
    """Returns a Content-Security-Policy that lets the page reach only this server."""
    inline = re.findall(r'<script type="importmap">(.*?)</script>', page, flags=re.S)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline]
    scripts = " ".join(["'self'", "'wasm-unsafe-eval'", *(f"'sha256-{digest}'" for digest in hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self):
        """Answers with a file."""
        self._answer(with_content=True)

    def do_HEAD(self):
        """Answers with a file's headers."""
        self._answer(with_content=False)

    def _answer(self, with_content):
        if self.headers.get("Host") not in self.server.hosts:
            return self._send(403, "text/plain", b"This address is not the explorer's.\n", with_content)
        path = self.server.files.get(urllib.parse.urlsplit(self.path).path)
        try:
            content = path.read_bytes() if path is not None else None
        except OSError:
            content = None
        if path is None or content is None:
            return self._send(404, "text/plain", b"There is no such file.\n", with_content)
        return self._send(200, _TYPES.get(path.suffix, "application/octet-stream"), content, with_content)

    def _send(self, status, kind, content, with_content):
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": self.server.policy,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if with_content:
            self.wfile.write(content)

    def log_message(self, format, *args):
        """Logs nothing: the terminal belongs to the user."""
