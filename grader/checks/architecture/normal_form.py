"""One spelling for models that compute the same: the rules of equivalence, applied in order."""

from collections.abc import Callable
from dataclasses import replace

from grader.checks.architecture.activations import FUSED, activation_of, named
from grader.checks.architecture.padding import Pads, explicit_pads, zero_pads
from grader.checks.architecture.steps import (
    Step,
    Steps,
    altered,
    extended,
    only_consumer,
    spatial,
    steps_of,
    with_traits,
    without,
)
from grader.checks.architecture.traits import axes_of
from grader.evidence import LayerTable

Rule = Callable[[Steps], Steps]

CONVOLUTIONS = FUSED - {"Dense", "EinsumDense", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}
POOLINGS = frozenset(f"{what}Pooling{axes}D" for what in ("Max", "Average") for axes in (1, 2, 3))
ZERO_PADDINGS = frozenset({"ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"})
DROPOUTS = frozenset(
    {"Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}
)


def normal_form(table: LayerTable) -> Steps:
    """Return what the model of *table* computes, in one spelling."""
    steps = steps_of(table)
    for rule in RULES:
        steps = rule(steps)
    return steps


def split_activations(steps: Steps) -> Steps:
    """Give a fused ``activation`` setting a step of its own."""
    for step in steps:
        if step.kind in FUSED and named(step.settings.get("activation"))["function"] != "linear":
            steps = extended(steps, step.name, _activation(step))
    return steps


def _activation(step: Step) -> Step:
    return Step(
        name=f"{step.name}/activation",
        number=step.number,
        kind="Activation",
        inputs=(step.name,),
        input_shapes=(step.output_shape,),
        output_shape=step.output_shape,
        settings={"activation": step.settings["activation"]},
        part_of=step.name,
    )


def unify(steps: Steps) -> Steps:
    """Write activations as ``Activation``, a flattening ``Reshape`` as ``Flatten``; keep what matters."""
    return tuple(_unified(step) for step in steps)


def _unified(step: Step) -> Step:
    activation = activation_of(step.kind, step.settings)
    if activation is not None:
        axis = {"axis": -1} if activation.get("axis") == len(step.output_shape) - 1 else {}
        said = {key: value for key, value in {**activation, **axis}.items() if (key, value) != ("axis", -1)}
        rest = {key: value for key, value in said.items() if key != "function"}
        return replace(step, kind="Activation", settings={"activation": said["function"], **rest})
    kind = "Flatten" if step.kind == "Reshape" and len(step.output_shape) == 2 else step.kind
    return with_traits(replace(step, kind=kind))


def drop_idle(steps: Steps) -> Steps:
    """Leave out steps that change nothing."""
    for step in steps:
        if len(step.inputs) == 1 and _is_idle(step):
            steps = without(steps, step.name)
    return steps


def _is_idle(step: Step) -> bool:
    settings = step.settings
    if step.kind in DROPOUTS:
        return not settings.get("rate")
    if step.kind in {"Flatten", "Reshape"}:
        return bool(step.input_shape) and step.input_shape == step.output_shape
    if step.kind == "Activation":
        return bool(settings.get("activation") == "linear")
    if step.kind == "Rescaling":
        return settings.get("scale") == 1 and not settings.get("offset")
    return step.kind in {"Identity", "ActivityRegularization"} or _is_idle_spatially(step)


def _is_idle_spatially(step: Step) -> bool:
    """Return whether pads are 0, or a window and its strides are 1."""
    if step.kind in ZERO_PADDINGS:
        return not any(map(any, zero_pads(step.settings["padding"], axes_of(step.kind))))
    names = ("pool_size", "strides") if step.kind in POOLINGS else ()
    return bool(names) and all(set(step.settings[name]) == {1} for name in names)


def pad_explicitly(steps: Steps) -> Steps:
    """Say how many zeros each convolution and pooling adds, where that is known."""
    return tuple(
        replace(step, pads=_pads(step, step.settings["padding"], step.input_shape))
        if _pads_itself(step)
        else step
        for step in steps
    )


def _pads_itself(step: Step) -> bool:
    return step.kind in CONVOLUTIONS or step.kind in POOLINGS


def _pads(step: Step, word: str, shape: tuple[int | None, ...]) -> Pads | None:
    window = step.settings["pool_size"] if step.kind in POOLINGS else step.settings["kernel_size"]
    dilation = step.settings.get("dilation_rate", (1,) * len(window))
    sizes = spatial(shape, step.kind, step.settings["data_format"])
    return explicit_pads(word, sizes, window, step.settings["strides"], dilation)


def absorb_padding(steps: Steps) -> Steps:
    """Take zero padding before a valid convolution into it, where ``same`` would have added as much.

    Never before pooling: a maximum or an average over added zeros is not what ``same`` computes.
    """
    for padding in steps:
        following = only_consumer(steps, padding.name) if padding.kind in ZERO_PADDINGS else None
        if following is not None and _is_same(padding, following):
            same = {**following.settings, "padding": "same"}
            pads = zero_pads(padding.settings["padding"], axes_of(padding.kind))
            shapes = padding.input_shapes
            steps = altered(steps, following.name, settings=same, pads=pads, input_shapes=shapes)
            steps = without(steps, padding.name)
    return steps


def _is_same(padding: Step, following: Step) -> bool:
    if following.kind not in CONVOLUTIONS or following.settings["padding"] != "valid":
        return False
    pads = zero_pads(padding.settings["padding"], axes_of(padding.kind))
    return len(padding.inputs) == 1 and pads == _pads(following, "same", padding.input_shape)


def name_global_pooling(steps: Steps) -> Steps:
    """Call a pooling over the whole map global; a flattening right after it belongs to it."""
    for step in steps:
        if step.kind in POOLINGS and _covers_map(step):
            layout = {"keepdims": True, "data_format": step.settings["data_format"]}
            steps = altered(steps, step.name, kind=f"Global{step.kind}", settings=layout, pads=None)
    for step in steps:
        flatten = only_consumer(steps, step.name) if _keeps_dimensions(step) else None
        if flatten is not None and flatten.kind == "Flatten":
            flat = {**step.settings, "keepdims": False}
            steps = altered(steps, step.name, settings=flat, output_shape=flatten.output_shape)
            steps = without(steps, flatten.name)
    return steps


def _covers_map(step: Step) -> bool:
    sizes = spatial(step.input_shape, step.kind, step.settings["data_format"])
    return bool(sizes) and sizes == step.settings["pool_size"] and not any(map(any, step.pads or ((0, 1),)))


def _keeps_dimensions(step: Step) -> bool:
    return step.kind.startswith("Global") and bool(step.settings.get("keepdims"))


RULES: tuple[Rule, ...] = (
    split_activations,
    unify,
    drop_idle,
    pad_explicitly,
    absorb_padding,
    name_global_pooling,
)
