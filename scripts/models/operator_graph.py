"""The graph of a packed model: one node of Haypile's own, whose weights lie in their own file.

ONNX Runtime maps the file, and the operator reads it in place.
"""

from onnx import TensorProto, helper

from checkpoint import Config

DOMAIN, OPERATOR, OPSET = "haypile", "TextEncoder", 17
IR_VERSION = 8
FILE = "weights.bin"


def inputs_of(config: Config) -> list[str]:
    return ["input_ids", "attention_mask", "token_type_ids"][: 2 if config.types == 1 else 3]


def output_of(config: Config) -> tuple[str, int]:
    """The output's name, and how many numbers a text gets."""
    return ("sentence_embedding", config.width) if config.head == "vector" else ("logits", config.labels)


def build(config: Config, size: int) -> bytes:
    """The serialised model, for a file of `size` bytes beside it."""
    names = inputs_of(config)
    # Token types come last: an operator's optional inputs do.
    given = [*names[:2], "weights", *names[2:]]
    output, numbers = output_of(config)
    weights = TensorProto(
        name="weights", data_type=TensorProto.UINT8, dims=[size], data_location=TensorProto.EXTERNAL,
        external_data=[
            {"key": "location", "value": FILE}, {"key": "offset", "value": "0"}, {"key": "length", "value": str(size)},
        ],
    )
    graph = helper.make_graph(
        [helper.make_node(OPERATOR, given, [output], name="encoder", domain=DOMAIN)],
        "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in names],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", numbers])],
        [weights],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="haypile", ir_version=IR_VERSION)
    return model.SerializeToString(deterministic=True)
