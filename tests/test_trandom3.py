"""ROOT's generator: known numbers, and a Mersenne twister in plain Python."""

import numpy as np
import pytest

from netspec.trandom3 import TRandom3


def twister(seed, count):
    """Give the first words of MT19937, from the paper and the authors' init_genrand."""
    x = [seed]
    while len(x) < 624:
        x.append((1812433253 * (x[-1] ^ (x[-1] >> 30)) + len(x)) & 0xFFFFFFFF)
    for k in range(count):
        y = (x[k] & 0x80000000) | (x[k + 1] & 0x7FFFFFFF)
        x.append(x[k + 397] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0))
    for y in x[624:]:
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        yield y ^ (y >> 18)


@pytest.mark.parametrize("seed", [0, 1, 1234, 2**32 - 1])
def test_numbers_are_the_words_of_a_mersenne_twister(seed):
    wanted = [word * 2.0**-32 for word in twister(seed, 2000) if word]
    assert TRandom3(seed).uniform((1500,)).tolist() == wanted[:1500]


def test_the_standards_ten_thousandth_word_is_there():
    # ISO C++, [rand.predef]: the 10000th of a default-constructed mt19937 is 4123659995.
    assert list(twister(5489, 10000))[-1] == 4123659995
    assert TRandom3(5489).uniform((10000,))[-1] == 4123659995 / 2**32


def test_the_first_number_of_roots_own_default_seed_is_the_one_every_user_has_seen():
    assert TRandom3(4357).uniform((1,))[0] == pytest.approx(0.999741748906672, rel=1e-14)


def test_numbers_go_on_where_they_stopped():
    whole, parts = TRandom3(7), TRandom3(7)
    cut = [parts.uniform(shape) for shape in ((3,), (2, 5), (0,), (700,))]
    assert whole.uniform((713,)).tolist() == np.concatenate([part.ravel() for part in cut]).tolist()


class Words:
    """A generator whose words are told, some of them 0."""

    def __init__(self, *words):
        self.words = list(words)

    def random_raw(self, count):
        drawn, self.words = self.words[:count], self.words[count:]
        return np.array(drawn, np.uint64)


def test_a_word_of_zero_is_left_out_and_the_next_one_taken():
    drawn = TRandom3(1)
    drawn._bits = Words(0, 2**31, 0, 0, 2**30, 2**29)
    assert drawn.uniform((3,)).tolist() == [0.5, 0.25, 0.125]
