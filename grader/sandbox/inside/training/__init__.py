"""The referee's trainer: Keras's own ``train_step`` for a whole training in one traced function.

recipe ─▶ optimizing ─┐
model  ─▶ objective  ─┴▶ graph (with stopping) ─▶ trainer (seeds, starts, kept graphs) ─▶ runs
                                                   ├─▶ signs: what the units do before and after
                                                   └─▶ kept: what a referee keeps of them, by architecture
"""
