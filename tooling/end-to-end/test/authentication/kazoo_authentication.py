"""What kazoo may do once it has authenticated: kazoo_authentication.py CHECK HOSTS [ARGUMENT...]"""
import logging
import sys
import time

from kazoo.client import KazooClient
from kazoo.exceptions import AuthFailedError, NoAuthError
from kazoo.security import CREATOR_ALL_ACL, make_acl, make_digest_acl

class Said(logging.Handler):
    """What kazoo says, kept from stderr."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


said = Said()
logging.getLogger().addHandler(said)


def connect(hosts, **options):
    client = KazooClient(hosts=hosts, timeout=10, connection_retry=dict(max_tries=3), **options)
    client.start(timeout=20)
    return client


def sasl(user, password):
    return dict(sasl_options=dict(mechanism="DIGEST-MD5", username=user, password=password))


def refused(action, error=NoAuthError):
    try:
        action()
    except error:
        return True
    raise AssertionError("not refused")


def digest(hosts, super_credentials):
    ann = connect(hosts, auth_data=[("digest", "ann:open-sesame")])
    ann.create("/ann", b"secret", acl=[make_digest_acl("ann", "open-sesame", all=True)])
    ann.create("/ann/own", b"", acl=CREATOR_ALL_ACL)
    assert ann.get("/ann")[0] == b"secret"
    acls = ann.get_acls("/ann/own")[0]
    assert [each.id for each in acls] == [make_digest_acl("ann", "open-sesame", all=True).id], acls
    stranger = connect(hosts)
    refused(lambda: stranger.get("/ann"))
    refused(lambda: stranger.set("/ann", b"mine"))
    refused(lambda: stranger.create("/ann/child"))
    stranger.add_auth("digest", "ann:wrong")
    refused(lambda: stranger.get("/ann"))
    stranger.add_auth("digest", super_credentials)
    assert stranger.get("/ann")[0] == b"secret"
    stranger.set("/ann", b"seen")
    confused = connect(hosts)
    refused(lambda: confused.add_auth("kerberos", "x"), AuthFailedError)
    for client in (ann, stranger):
        client.stop()


def login(hosts):
    bob = connect(hosts, **sasl("bob", "the builder"))
    bob.create("/bob", b"secret", acl=[make_acl("sasl", "bob", all=True)])
    bob.create("/bob/own", b"", acl=CREATOR_ALL_ACL)
    assert bob.get_acls("/bob/own")[0][0].id == make_acl("sasl", "bob").id
    assert bob.get("/bob")[0] == b"secret"
    stranger = connect(hosts)
    refused(lambda: stranger.get("/bob"))
    root = connect(hosts, **sasl("root", "of all"))
    assert root.get("/bob")[0] == b"secret"
    burglar = KazooClient(hosts=hosts, timeout=10, connection_retry=dict(max_tries=1), **sasl("bob", "the burglar"))
    burglar.start_async()
    end = time.monotonic() + 20
    while not any("AUTH_FAILED" in line for line in said.lines):
        assert time.monotonic() < end, said.lines
        time.sleep(0.02)
    for client in (bob, stranger, root):
        client.stop()


def enforced(hosts):
    """What kazoo does when it is refused is no test: it does not know the error code, and its thread dies of it."""
    bob = connect(hosts, **sasl("bob", "the builder"))
    assert "zookeeper" in bob.get_children("/")
    bob.stop()


CHECKS = dict(digest=digest, login=login, enforced=enforced)
CHECKS[sys.argv[1]](*sys.argv[2:])
print(sys.argv[1], "ok")
