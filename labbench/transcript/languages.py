"""The languages that Whisper knows, by the codes that it knows them by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labbench.core.errors import FormatError

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "af": "Afrikaans",
        "sq": "Albanian",
        "am": "Amharic",
        "ar": "Arabic",
        "hy": "Armenian",
        "as": "Assamese",
        "az": "Azerbaijani",
        "ba": "Bashkir",
        "eu": "Basque",
        "be": "Belarusian",
        "bn": "Bengali",
        "bs": "Bosnian",
        "br": "Breton",
        "bg": "Bulgarian",
        "my": "Burmese",
        "yue": "Cantonese",
        "ca": "Catalan",
        "zh": "Chinese",
        "hr": "Croatian",
        "cs": "Czech",
        "da": "Danish",
        "nl": "Dutch",
        "en": "English",
        "et": "Estonian",
        "fo": "Faroese",
        "fi": "Finnish",
        "fr": "French",
        "gl": "Galician",
        "ka": "Georgian",
        "de": "German",
        "el": "Greek",
        "gu": "Gujarati",
        "ht": "Haitian Creole",
        "ha": "Hausa",
        "haw": "Hawaiian",
        "he": "Hebrew",
        "hi": "Hindi",
        "hu": "Hungarian",
        "is": "Icelandic",
        "id": "Indonesian",
        "it": "Italian",
        "ja": "Japanese",
        "jw": "Javanese",
        "kn": "Kannada",
        "kk": "Kazakh",
        "km": "Khmer",
        "ko": "Korean",
        "lo": "Lao",
        "la": "Latin",
        "lv": "Latvian",
        "ln": "Lingala",
        "lt": "Lithuanian",
        "lb": "Luxembourgish",
        "mk": "Macedonian",
        "mg": "Malagasy",
        "ms": "Malay",
        "ml": "Malayalam",
        "mt": "Maltese",
        "mi": "Maori",
        "mr": "Marathi",
        "mn": "Mongolian",
        "ne": "Nepali",
        "no": "Norwegian",
        "nn": "Norwegian Nynorsk",
        "oc": "Occitan",
        "ps": "Pashto",
        "fa": "Persian",
        "pl": "Polish",
        "pt": "Portuguese",
        "pa": "Punjabi",
        "ro": "Romanian",
        "ru": "Russian",
        "sa": "Sanskrit",
        "sr": "Serbian",
        "sn": "Shona",
        "sd": "Sindhi",
        "si": "Sinhala",
        "sk": "Slovak",
        "sl": "Slovenian",
        "so": "Somali",
        "es": "Spanish",
        "su": "Sundanese",
        "sw": "Swahili",
        "sv": "Swedish",
        "tl": "Tagalog",
        "tg": "Tajik",
        "ta": "Tamil",
        "tt": "Tatar",
        "te": "Telugu",
        "th": "Thai",
        "bo": "Tibetan",
        "tr": "Turkish",
        "tk": "Turkmen",
        "uk": "Ukrainian",
        "ur": "Urdu",
        "uz": "Uzbek",
        "vi": "Vietnamese",
        "cy": "Welsh",
        "yi": "Yiddish",
        "yo": "Yoruba",
    }
)
"""Code to English name, in the order of the names."""

_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "burmese": "my",
        "myanmar": "my",
        "valencian": "ca",
        "flemish": "nl",
        "haitian": "ht",
        "letzeburgesch": "lb",
        "pushto": "ps",
        "panjabi": "pa",
        "moldavian": "ro",
        "moldovan": "ro",
        "sinhalese": "si",
        "castilian": "es",
        "mandarin": "zh",
        "nynorsk": "nn",
        "bokmal": "no",
        "bokmål": "no",
    }
)
"""Names that are not in the table; all but the last three are openai-whisper's."""
_OTHER_CODES: Mapping[str, str] = MappingProxyType(
    {
        "cmn": "zh",
        "zh-yue": "yue",
        "nb": "no",
        "iw": "he",
        "in": "id",
        "ji": "yi",
        "jv": "jw",
        "fil": "tl",
        "mo": "ro",
        "sh": "sr",
    }
)
"""Codes of ISO 639 that Whisper writes otherwise, or that were in use before."""
_BY_NAME: Mapping[str, str] = {**{title.casefold(): code for code, title in LANGUAGES.items()}, **_OTHER_NAMES}
MOST_LETTERS = 64


def find_language(text: str) -> str | None:
    """The code of a language by its code, by its English name, or by a tag such as zh-CN, pt-BR or en_US; letters may
    be large or small. None where there is none such."""
    plain = text[: MOST_LETTERS + 1].strip().casefold()
    if plain in LANGUAGES:
        return plain
    if plain in _BY_NAME:
        return _BY_NAME[plain]
    tag = plain.replace("_", "-").partition(".")[0]  # en_US.UTF-8
    while tag:
        if tag in LANGUAGES or tag in _OTHER_CODES:
            return _OTHER_CODES.get(tag, tag)
        tag = tag.rpartition("-")[0]
    return None


def language_code(text: str | None) -> str | None:
    """The same; None stays None. Raises FormatError where there is no such language."""
    if text is None:
        return None
    found = find_language(text)
    if found is None:
        shown = text.strip()[:MOST_LETTERS]
        raise FormatError(f"Whisper knows no language {shown!r}.", "Use a name or a code, such as German, de or pt-BR.")
    return found


def language_name(code: str | None) -> str:
    """For people: the name, the code itself where it is none of Whisper's, and what None stands for."""
    return "Let the model decide" if code is None else LANGUAGES.get(code, code)
