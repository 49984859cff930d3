"""The service ringcache.v1.Cache for Python, made when the program starts: no generated code, nothing but grpcio.

It reads proto/gen/descriptors.binpb, all .proto files of ringcache in the form that `protoc --descriptor_set_out` writes.
"""

from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

DESCRIPTORS = Path(__file__).resolve().parents[3] / "proto" / "gen" / "descriptors.binpb"
SERVICE = "ringcache.v1.Cache"


class CacheStub:
    """A method for each unary call, named as in cache.proto, and the class of each message under the message's name."""

    def __init__(self, channel, descriptors=DESCRIPTORS):
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(Path(descriptors).read_bytes()).file:
            pool.Add(file)  # each after those that it imports
        service = pool.FindServiceByName(SERVICE)
        for method in service.methods:
            if method.name == "Pipe":
                continue  # a stream of many requests, for members and clients that write thousands a second
            request = _message_class(pool, method.input_type)
            response = _message_class(pool, method.output_type)
            setattr(self, method.input_type.name, request)
            call = channel.unary_unary(
                f"/{SERVICE}/{method.name}",
                request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )
            setattr(self, method.name, call)


def _message_class(pool, descriptor):
    if hasattr(message_factory, "GetMessageClass"):  # protobuf from 4.22 on
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)
