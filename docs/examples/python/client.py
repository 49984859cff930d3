"""Asks a ringcache node: python3 client.py localhost:9999 [group]"""

import os
import sys

import grpc
from ringcache_stub import CacheStub

TIMEOUT_S = 5

address = sys.argv[1] if len(sys.argv) > 1 else "localhost:9999"
group = sys.argv[2] if len(sys.argv) > 2 else "notes"
token = os.environ.get("RINGCACHE_TOKEN")  # for nodes whose access.tokens ask for one
asking = {"timeout": TIMEOUT_S, "metadata": [("authorization", f"Bearer {token}")] if token else None}

with grpc.insecure_channel(address) as channel:
    cache = CacheStub(channel)

    written = cache.Set(cache.SetRequest(group=group, key="张三", value=b"100", ttl_ms=60_000), **asking)
    print("set:", "told to all" if not written.missing else f"not told to {list(written.missing)}")

    found = cache.Get(cache.GetRequest(group=group, key="张三"), **asking)
    print(f"get: {found.value.decode()}, for {'at most a minute' if found.ttl_ms <= 60_000 else 'longer'}")

    for result in cache.GetMany(cache.GetManyRequest(group=group, keys=["张三", "nobody"]), **asking).results:
        print(f"get many: {result.key}:", result.error.code or result.found.value.decode())

    cache.Delete(cache.DeleteRequest(group=group, key="张三"), **asking)
    try:
        cache.Get(cache.GetRequest(group=group, key="张三"), **asking)
    except grpc.RpcError as error:
        # The status is what any gRPC client understands; the trailer has the code of docs/errors.md.
        trailers = dict(error.trailing_metadata())
        print(f"get: {error.code().name}, {trailers['ringcache-code']}")
