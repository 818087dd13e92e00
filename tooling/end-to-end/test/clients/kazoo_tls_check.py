"""kazoo over TLS: address, authority, certificate and key."""

import sys

from kazoo.client import KazooClient
from kazoo.security import make_acl

address, authority, certificate, key = sys.argv[1:5]
client = KazooClient(hosts=address, use_ssl=True, ca=authority, certfile=certificate, keyfile=key, timeout=10)
client.start(timeout=20)
client.create("/kazoo-tls", b"data")
assert client.get("/kazoo-tls")[0] == b"data"
# Whoever the certificate says.
client.create("/kazoo-tls/mine", b"", acl=[make_acl("x509", "CN=client", all=True)])
client.set("/kazoo-tls/mine", b"changed")
client.create("/kazoo-tls/others", b"", acl=[make_acl("x509", "CN=server", all=True)])
try:
    client.get("/kazoo-tls/others")
    raise AssertionError("the ACL of another let us in")
except Exception as error:
    assert type(error).__name__ == "NoAuthError", error
client.stop()
print("all checks passed")
