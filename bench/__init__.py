"""What is measured: ours beside the limit of the same stack or a peer, in one run, as a ratio.

Absolute figures belong to a machine and a moment. So both sides are measured in turns, several
rounds, and only the ratio of their medians is compared with a goal.
"""
