"""Creates, reads, watches and deletes through one server with kazoo. Exits non-zero on the first surprise."""
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError

client = KazooClient(hosts=sys.argv[1], timeout=10)
client.start(timeout=20)
root = sys.argv[2]
client.create(root, b"root", makepath=True)

try:
    client.create(root, b"again")
    sys.exit("a second create of one path was not refused")
except NodeExistsError:
    pass

path, stat = client.create(root + "/child-", b"payload", ephemeral=True, sequence=True, include_data=True)
assert path == root + "/child-0000000000", path
assert stat.ephemeralOwner == client.client_id[0], stat
assert client.get_children(root) == ["child-0000000000"]

fired = threading.Event()
seen = []


def watch(event):
    seen.append((event.type, event.path))
    fired.set()


data, stat = client.get(root, watch=watch)
assert data == b"root" and stat.version == 0, (data, stat)
client.set(root, b"changed", version=0)
assert fired.wait(10), "the data watch did not fire"
assert seen == [("CHANGED", root)], seen
data, stat = client.get(root)
assert data == b"changed" and stat.version == 1 and stat.data_length == 7, (data, stat)

try:
    client.set(root, b"stale", version=0)
    sys.exit("a stale version was not refused")
except BadVersionError:
    pass

transaction = client.transaction()
transaction.create(root + "/a", b"1")
transaction.set_data(root, b"in multi")
transaction.check(root + "/a", 0)
results = transaction.commit()
assert results[0] == root + "/a" and results[1].version == 2 and results[2] is True, results

transaction = client.transaction()
transaction.create(root + "/b", b"1")
transaction.delete(root + "/missing")
results = transaction.commit()
assert type(results[1]) is NoNodeError, results
assert client.exists(root + "/b") is None

acls, _ = client.get_acls(root)
assert acls[0].id.scheme == "world" and acls[0].perms == 31, acls
client.sync(root)
client.delete(root, recursive=True)
assert client.exists(root) is None
client.stop()
client.close()
print("kazoo ok")
