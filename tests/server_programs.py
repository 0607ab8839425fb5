"""Programs for the Python that has xlwings Server."""

ASKING = """
import asyncio
from xlsmkt.hosts.server.app import application

async def ask(app, host):
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            print(host, message["status"])

    scope = {"type": "http", "method": "GET", "path": "/manifest", "raw_path": b"/manifest", "query_string": b"",
             "headers": [(b"host", host.encode())], "scheme": "http", "server": ("127.0.0.1", 80),
             "client": ("127.0.0.1", 9), "root_path": "", "http_version": "1.1"}
    await app(scope, receive, send)

app = application()
for host in ("localhost", "marketing.example.com"):
    asyncio.run(ask(app, host))
"""
CERTIFICATE = """
import datetime as dt, sys
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
now = dt.datetime.now(dt.timezone.utc)
made = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    .sign(key, hashes.SHA256())
)
folder = Path(sys.argv[1])
(folder / "localhost.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
(folder / "localhost-key.pem").write_bytes(key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
"""
