"""The Streamlit page: `streamlit run app.py`. It sets up and draws; the parts are in qa/web/."""

import streamlit as st

from index import SpeechIndexError
from qa import Engine, QuestionError, load_settings, open_engine
from qa.suggesting import Starters
from qa.web.chat import NAME, draw, plain
from qa.web.store import Store, open_store


@st.cache_resource(show_spinner="正在打开讲话……")
def engine() -> Engine:
    """Open the index once for all sessions."""
    return open_engine(settings=load_settings())


@st.cache_resource(show_spinner=False)
def store(path: str, days: float) -> Store:
    """Open the conversations once for all sessions."""
    return open_store(path, days)


def kept() -> Store:
    """Return where conversations are kept."""
    settings = load_settings()
    return store(settings.store, settings.conversation_days)


@st.cache_resource(show_spinner=False)
def starters(document: str) -> Starters:
    """Find a document's starter questions once for all sessions."""
    return engine().starters(document)


def main() -> None:
    """Set the page up and draw it, or say why it cannot be drawn."""
    st.set_page_config(page_title=NAME, page_icon="📖", layout="centered")
    try:
        draw(engine(), kept(), starters)
    except (SpeechIndexError, QuestionError) as error:
        st.html(f'<p role="alert">{plain(str(error))}</p>')


main()
