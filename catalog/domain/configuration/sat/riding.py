"""How lanes answer for all options at once: who rides, how lanes become cars, what cars show (kernels.py).

A block seats up to 64 open literals. Riders that fail are impossible and their opposites hold from then on; the others
become cars, and one block of cars shows most of what is open. A second, steadier round seats who is still open.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from catalog.domain.configuration.jit import kernel
from catalog.domain.configuration.sat.kernels import (
    EVERY,
    IMPOSSIBLE,
    LANES,
    NONE,
    ONE,
    OPEN,
    POSSIBLE,
    Flags,
    Net,
    Numbers,
    State,
    Words,
    choose,
    decide,
    hold,
    noise,
    propagate,
    settle,
    undo,
)

TRIES = 2
"""A literal rides in so many blocks before it is left to the solver."""
FIRST, LATER = 4, 32
"""So many variables are decided at a time: those with an open literal, and then the others."""


class Sheet(NamedTuple):
    """What is known and tried about each literal, the wishes of the lanes, and the cars found before.

    `bits` has a row of `len(valid)` words for variable `numbers[v]` of the pool; variables from `len(numbers)` on are
    helpers without a row.
    """

    status: Flags
    tries: Flags
    riders: Numbers
    phases: Words
    likes: Flags
    seed: Words
    numbers: Numbers
    bits: Words
    valid: Words
    cursor: Numbers


@kernel
def suits(status: Flags, variable: int, turn: int) -> bool:
    """Whether the variable is decided in this turn: those with an open literal first."""
    settled = status[2 * variable] != OPEN and status[2 * variable + 1] != OPEN
    suited: bool = settled == (turn == 1)
    return suited


@kernel
def retrace(
    net: Net, state: State, sheet: Sheet, turn: int, first: int, last: int, lanes: np.uint64
) -> np.uint64:
    """Takes back what was just decided in some lanes and decides one by one; gives the lanes where that fails."""
    undo(state, lanes)
    true, status = state.true, sheet.status
    stuck = NONE
    for variable in range(first, last):
        free = lanes & ~(true[2 * variable] | true[2 * variable + 1])
        if free != NONE and suits(status, variable, turn):
            phase = sheet.phases[variable]
            failed = decide(net, state, variable, free & phase, free & ~phase)
            stuck |= failed
            lanes &= ~failed
    return stuck


@kernel
def complete(net: Net, state: State, sheet: Sheet, alive: np.uint64) -> np.uint64:
    """Turns lanes into cars, several variables at a time; gives the lanes that became cars."""
    true, status, phases = state.true, sheet.status, sheet.phases
    for turn in range(2):
        variable = 1
        while 2 * variable < len(true) and alive != NONE:
            first = variable
            state.saved[:] = true
            held = 0
            bad = NONE
            while 2 * variable < len(true) and held < (LATER if turn else FIRST):
                free = alive & ~(true[2 * variable] | true[2 * variable + 1])
                if free != NONE and suits(status, variable, turn):
                    phase = phases[variable]
                    bad |= choose(state, variable, free & phase, free & ~phase)
                    held += 1
                variable += 1
            bad = (bad | propagate(net, state)) & alive
            if bad != NONE:
                alive &= ~retrace(net, state, sheet, turn, first, variable, bad)
    return alive


@kernel
def aim(sheet: Sheet, steady: bool) -> None:
    """How each lane prefers each variable: as the last car had it, or towards what is still open."""
    status, likes, phases = sheet.status, sheet.likes, sheet.phases
    for variable in range(1, len(phases)):
        yes = status[2 * variable] == OPEN
        no = status[2 * variable + 1] == OPEN
        if steady or not (yes or no):
            phases[variable] = EVERY if likes[variable] else NONE
        elif yes and no:
            phases[variable] = noise(sheet.seed)
        else:
            phases[variable] = EVERY if yes else NONE


@kernel
def board(sheet: Sheet, limit: int) -> int:
    """Seats open literals with so many rides behind them; how many."""
    status, tries = sheet.status, sheet.tries
    seated = 0
    for literal in range(2, len(status)):
        if status[literal] == OPEN and tries[literal] == limit:
            tries[literal] += 1
            sheet.riders[seated] = literal
            seated += 1
            if seated == LANES:
                break
    return seated


@kernel
def note(base: State, status: Flags) -> None:
    """What contradicts the base is impossible; what it demands is possible, given that there is a car at all."""
    true = base.true
    for literal in range(2, len(true)):
        if true[literal] != NONE:
            status[literal ^ 1] = IMPOSSIBLE
            status[literal] = POSSIBLE


@kernel
def refuse(net: Net, base: State, state: State, sheet: Sheet, seated: int, bad: np.uint64) -> bool:
    """The riders of these lanes are impossible: their opposites hold from now on; false for a contradiction."""
    riders, status = sheet.riders, sheet.status
    for lane in range(seated):
        rider = riders[lane]
        if bad >> np.uint64(lane) & ONE != NONE and status[rider] != IMPOSSIBLE:
            status[rider] = IMPOSSIBLE
            if not settle(net, base, rider ^ 1):
                return False
    return True


@kernel
def probe(net: Net, base: State, state: State, sheet: Sheet, seated: int) -> np.uint64:
    """Starts each lane from the base with its rider; a rider that contradicts the base is impossible.

    Gives the lanes that stand; none, and the base contradictory (`status[0]`), when the choices have no car.
    """
    true, fresh, queue = state.true, state.fresh, state.queue
    riders, status = sheet.riders, sheet.status
    true[:] = base.true
    alive = EVERY
    bad = NONE
    for lane in range(LANES):
        bad |= hold(true, fresh, queue, riders[lane % seated], ONE << np.uint64(lane))
    bad |= propagate(net, state)
    while bad != NONE:
        alive &= ~bad
        if not refuse(net, base, state, sheet, seated, bad):
            status[0] = IMPOSSIBLE
            return NONE
        bad = NONE
        for lane in range(seated):
            if status[riders[lane]] == IMPOSSIBLE:
                bad |= hold(true, fresh, queue, riders[lane] ^ 1, alive)
        bad = (bad | propagate(net, state)) & alive
    return alive


@kernel
def show(state: State, sheet: Sheet, cars: np.uint64) -> bool:
    """Marks what the cars show as possible, and remembers the first car; whether anything was open."""
    true, status, likes = state.true, sheet.status, sheet.likes
    first = cars & (~cars + ONE)
    news = False
    for variable in range(1, len(likes)):
        likes[variable] = true[2 * variable] & first != NONE
    for literal in range(2, len(true)):
        if status[literal] == OPEN and true[literal] & cars != NONE:
            status[literal] = POSSIBLE
            news = True
    return news


@kernel
def match(sheet: Sheet, choices: Numbers, matching: Words) -> int:
    """Writes which stored cars have the choices; a word with one, or -1."""
    bits, words = sheet.bits, len(matching)
    matching[:] = sheet.valid
    for place in range(len(choices)):
        literal = choices[place]
        row = sheet.numbers[literal >> 1] * words
        for word in range(words):
            column = bits[row + word]
            matching[word] &= ~column if literal & 1 else column
    for word in range(words):
        if matching[word] != NONE:
            return word
    return -1


@kernel
def recall(sheet: Sheet, choices: Numbers) -> bool:
    """Marks what stored cars with the choices show as possible; whether there is one."""
    matching = np.zeros_like(sheet.valid)
    some = match(sheet, choices, matching)
    if some < 0:
        return False
    bits, numbers, status = sheet.bits, sheet.numbers, sheet.status
    words = len(matching)
    first = matching[some] & (~matching[some] + ONE)
    for variable in range(1, len(numbers)):
        row = numbers[variable] * words
        sheet.likes[variable] = bits[row + some] & first != NONE
        yes = NONE
        no = NONE
        for word in range(words):
            yes |= bits[row + word] & matching[word]
            no |= ~bits[row + word] & matching[word]
        if yes != NONE:
            status[2 * variable] = POSSIBLE
        if no != NONE:
            status[2 * variable + 1] = POSSIBLE
    return True


@kernel
def keep(state: State, sheet: Sheet, cars: np.uint64) -> None:
    """Stores a block of cars in the pool."""
    true, bits, numbers, cursor = state.true, sheet.bits, sheet.numbers, sheet.cursor
    words = len(sheet.valid)
    if cursor[1]:
        cursor[0] = (cursor[0] + 1) % words
        cursor[1] = 0
    word = cursor[0]
    for variable in range(1, len(numbers)):
        bits[numbers[variable] * words + word] = true[2 * variable]
    sheet.valid[word] = cars
    cursor[0] = (word + 1) % words


@kernel
def ride(net: Net, base: State, state: State, sheet: Sheet, limit: int) -> bool:
    """One block of lanes for each 64 literals that are still open; whether a car was found."""
    found = False
    seated = board(sheet, limit)
    while seated and sheet.status[0] != IMPOSSIBLE:
        alive = probe(net, base, state, sheet, seated)
        note(base, sheet.status)
        aim(sheet, limit > 0)
        cars = complete(net, state, sheet, alive)
        if cars != NONE:
            found = True
            if show(state, sheet, cars):
                keep(state, sheet, cars)
        seated = board(sheet, limit)
    return found


@kernel
def judge(net: Net, base: State, state: State, sheet: Sheet, choices: Numbers) -> int:
    """Settles as many open literals as it can beside the choices; `base` holds what is so on every car.

    Gives -1 when the choices contradict each other, 1 when a car was found and 0 when none was.
    """
    for place in range(len(choices)):
        if not settle(net, base, choices[place]):
            return -1
    found = recall(sheet, choices)
    note(base, sheet.status)
    sheet.tries[:] = 0
    for limit in range(TRIES):
        found |= ride(net, base, state, sheet, limit)
    if sheet.status[0] == IMPOSSIBLE:
        return -1
    return 1 if found else 0


@kernel
def seen_without(
    sheet: Sheet, choices: Numbers, families: Numbers, riders: Numbers, of: Numbers, known: Flags
) -> None:
    """Marks riders on a stored car that has every choice outside the rider's family."""
    bits, numbers = sheet.bits, sheet.numbers
    matching = np.zeros_like(sheet.valid)
    words = len(matching)
    last = -1
    for place in range(len(riders)):
        if of[place] != last:
            last = of[place]
            match(sheet, choices[families != last], matching)
        row = numbers[riders[place] >> 1] * words
        for word in range(words):
            if matching[word] & bits[row + word] != NONE:
                known[place] = POSSIBLE


@kernel
def start(
    net: Net, state: State, choices: Numbers, families: Numbers, riders: Numbers, of: Numbers
) -> np.uint64:
    """Starts a lane for each rider from the choices outside its family; gives the lanes that contradict themselves."""
    true, fresh, queue = state.true, state.fresh, state.queue
    true[:] = NONE
    bad = NONE
    for place in range(len(riders)):
        bad |= hold(true, fresh, queue, riders[place], ONE << np.uint64(place))
    for choice in range(len(choices)):
        outside = NONE
        for place in range(len(riders)):
            if of[place] != families[choice]:
                outside |= ONE << np.uint64(place)
        bad |= hold(true, fresh, queue, choices[choice], outside)
    return bad | propagate(net, state)


@kernel
def relax(
    net: Net,
    state: State,
    sheet: Sheet,
    choices: Numbers,
    families: Numbers,
    riders: Numbers,
    of: Numbers,
    known: Flags,
) -> None:
    """Up to 64 riders at once, each beside the choices outside its family (`of`); writes what is known of each."""
    bad = start(net, state, choices, families, riders, of)
    lanes = EVERY >> np.uint64(LANES - len(riders))
    aim(sheet, True)
    cars = complete(net, state, sheet, lanes & ~bad)
    if cars != NONE:
        keep(state, sheet, cars)
    for place in range(len(riders)):
        lane = ONE << np.uint64(place)
        if cars & lane != NONE:
            known[place] = POSSIBLE
        elif bad & lane != NONE:
            known[place] = IMPOSSIBLE
