"""A mail server that keeps what it is given, and does as badly as a test wants."""

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """`letters` are the mails that it took. It refuses all while `refuses`, and keeps silent after one if `holds`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.letters: list[EmailMessage] = []
        self.refuses = False
        self.holds = threading.Event()
        self.received = threading.Event()

    @property
    def url(self) -> str:
        """As DSS_MAIL_URL has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.split(maxsplit=1)[0].upper()
            if command == "QUIT":
                self._say("221 bye")
                return
            if command == "DATA":
                self._take()
            elif command == "MAIL" and self.server.refuses:
                self._say("451 not now")
            else:
                self._say("250 ok")

    def _take(self) -> None:
        self._say("354 go on")
        content = b""
        while (line := self.rfile.readline()) != b".\r\n":
            content += line
        letter = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.server.letters.append(letter)
        self.server.received.set()
        if self.server.holds.is_set():
            # The answer that the sender never sees.
            self.rfile.readline()
            return
        self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """The server, until the block ends."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
