"""ClientApp: hands a message to the site's fedpurel program, and its answer back."""

import struct

from flwr.app import Context, Error, Message, MetricRecord
from flwr.clientapp import ClientApp

from . import frame

app = ClientApp()
RAISED = 2  # Flower's code for a ClientApp that failed
TIMEOUT = 3600.0  # seconds that the program has for an answer, if --node-config does not say


def relay(msg: Message, context: Context) -> Message:
    config = context.node_config
    try:
        if "socket" not in config:
            raise ConnectionError("""this SuperNode's --node-config names no socket: socket="/run/fedpurel/site.sock\"""")
        with frame.connect(str(config["socket"]), float(config.get("timeout", TIMEOUT))) as s:
            frame.write(s, *frame.unpack(msg.content))
            answer = frame.read(s)
        if answer is None:
            raise ConnectionError("the site's fedpurel program closed the connection before it answered")
        content = frame.pack(*answer)
    except TimeoutError:
        return failed(msg, "the site's fedpurel program does not answer")
    except (OSError, ValueError, LookupError, TypeError, struct.error) as e:
        return failed(msg, e)
    content["metrics"] = MetricRecord({"num-examples": int(answer[0].get("train", 0))})
    return Message(content, reply_to=msg)


def failed(msg, why):
    return Message(Error(RAISED, frame.line(why)), reply_to=msg)


@app.train()
def train(msg: Message, context: Context) -> Message:
    return relay(msg, context)


@app.query()
def query(msg: Message, context: Context) -> Message:
    return relay(msg, context)
