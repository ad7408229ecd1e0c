"""How long the reader's view takes, by the length of the text: python -m tests.benchmarks.view."""

import time

from index.reading import read_metadata, read_view
from tests.texts import SPEECH

for copies in (1, 3, 30):
    text = "\n".join([SPEECH] * copies)
    times = []
    for _ in range(5):
        read_view.cache_clear()
        begin = time.process_time()
        read_metadata(read_view(text))
        times.append(time.process_time() - begin)
    print(f"{len(text):8} characters: {1000 * min(times):7.1f} ms")
