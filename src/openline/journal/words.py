"""How do two people compare a key over the telephone? As sixteen words, read aloud.

The words stand for the first 128 bits of the key id (SHA-256 of the public key): a stranger's key with the
same words would take some 2^128 tries. Bytes at even places (counted from 0) have short words of four and
five letters, those at odd places long ones of seven to nine, so that a word left out, doubled or swapped with
its neighbour shows at once. All 512 words differ in their first four letters: four letters are enough to
type.
"""

from collections.abc import Sequence
from typing import Final

from openline.errors import Unverifiable
from openline.journal.keys import VerifyKey

FINGERPRINT_WORDS: Final = 16
LEAST_LETTERS: Final = 4

_SHORT: Final = """
able acre adobe album alder alloy aloe ample anise arch arena aspen aster atlas aunt avid bacon
badge balsa banjo basil batik bean beet berry birch bison blue board boot brass brick brook bunch
cabin cake camel canoe cargo carol cello chalk cheek chess cider civic cliff cloud coach cocoa comet
coral cork cream crisp cumin curl dance dawn depot derby dime diver donor dough dove dune dusk early
easel elfin epic fairy fancy favor fern field finch fjord flora flute folk frame frost fruit gala
gecko glad glass goat gold goose green grove guest guide habit halo harp hazel hedge herb hill hinge
hobby honey hood human humus ibis icing igloo image inlet iron jade jazz jelly joint juice keen kelp
kiosk kite koala label ladle lamb latch lava leaf lilac lily lion liter local lodge lotus lucky
lupin lyric macaw maize major maple marsh medal melon merit midge minor mist model moon moss mound
mouse music nacho navy nest novel nurse ocean olive onion onyx opal orbit otter oxide page palm
panda park pasta pearl pecan phone piano pilot pinto plaza poem polar poppy porch prune puma quail
quiet raven ready reef rice ring robin rodeo rose royal rural salad sand satin scarf scent seal
shell shore sleet slope smile snow song spice squid star stone straw sugar sunny swan taffy teak
tent thyme tiger tile tonic topaz towel trail tree tuba tulip udder ultra upper urban vapor vase
video villa voice volt wafer wave wheat white wool yacht yard yeast young zinc zone
"""
_LONG: Final = """
academy accordion actress adjective aeroplane agreement airport algebra almanac alphabet amazing
anaconda anchovy antique apartment apricot armchair arrival asparagus aubergine avocado badminton
balcony ballerina barometer basement bedroom believe beloved bicycle biscuit blanket bookshelf
bracelet brilliant buffalo building buttercup cafeteria calendar capital cardigan carnation castanet
ceramic certain chapter chocolate citizen classroom collage concert cookery corridor cricket crystal
cucumber curiosity cushion cylinder daffodil dandelion daylight decimal decorate dentist dessert
diagram diamond dinosaur discover domestic dragonfly dulcimer eclipse edition elastic elegant
elevator emerald ensemble espresso evergreen example excursion eyebrow factory fanfare february
festival filament fisherman flannel forecast formula fragment fritter furniture gardener geography
geometry giraffe glacier gondola grammar grandma gymnast hamster harmony headline hexagon hibiscus
history holiday horizon humming hyacinth identity inspire interval itinerary janitor january journal
jubilee justice keepsake keyboard knitting labyrinth landscape lantern lecture leopard limestone
linoleum lobster luggage lullaby mahogany marathon marigold marzipan measure message migrate mineral
molecule morning mulberry mustard national natural necklace nineteen notebook obelisk octagon
odyssey omelette onwards oregano ornament ostrich outline package palette panorama paradise passport
pavilion peacock penguin percent performer pharmacy pistachio plateau portrait possible poultry
primrose problem promise pumpkin pyramid quality question quickly raccoon radiator raspberry
rectangle reflect renovate reservoir rhubarb romantic sapphire sardine scallop scholar scooter
seagull seaside semester september seventeen shoulder sixteen skylark solution sombrero spaghetti
spectrum spinach stencil subtitle sunflower swimmer symphony tadpole tapestry tarragon terrace
theatre thimble thousand toboggan together tourist tradition traffic triangle trombone trumpet
turquoise ukulele underline universe upstairs vanilla vehicle veranda vibrant vinegar vitamin
wallpaper wardrobe waterfall welcome western windmill workshop xylophone yoghurt
"""
SHORT: Final = tuple(_SHORT.split())
"""For the bytes at even places, in the order of their values."""

LONG: Final = tuple(_LONG.split())
"""For the bytes at odd places."""


def words_of(key: VerifyKey) -> tuple[str, ...]:
    """The sixteen words of a key, in their order."""
    spoken = bytes.fromhex(key.id)[:FINGERPRINT_WORDS]
    return tuple((LONG if place % 2 else SHORT)[byte] for place, byte in enumerate(spoken))


def check_words(heard: str, key: VerifyKey) -> None:
    """That what somebody typed are the words of this key; of each word its first four letters are enough.

    Raises Unverifiable ``words-too-few``, ``words-differ`` (naming the place, and never what would be right:
    that the other must say).
    """
    typed = heard.lower().replace(",", " ").split()
    if len(typed) != FINGERPRINT_WORDS:
        raise Unverifiable(
            "words-too-few" if len(typed) < FINGERPRINT_WORDS else "words-differ",
            f"a key has {FINGERPRINT_WORDS} words, these are {len(typed)}",
            field="words",
            remedy="let the other side read all of them, slowly, and type what you hear",
        )
    wrong = _differing(typed, words_of(key))
    if wrong:
        raise Unverifiable(
            "words-differ",
            f"not the words of this key: the first that differs is word {wrong[0]} of {FINGERPRINT_WORDS}",
            field="words",
            remedy="read them once more; if they still differ, it is not the key that the other side has",
        )


def _differing(typed: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Counted from 1, as people do."""
    pairs = enumerate(zip(typed, wanted, strict=True), start=1)
    return [place for place, (one, word) in pairs if len(one) < LEAST_LETTERS or not word.startswith(one)]
