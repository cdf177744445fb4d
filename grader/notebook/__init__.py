"""In a student's own notebook: visible checks against the names of the running kernel.

front ─▶ course (exercises) ─▶ pipeline ─▶ sandbox: answers from the kernel ─▶ view
                                            └─ kept: whatever that changes is put back
"""
