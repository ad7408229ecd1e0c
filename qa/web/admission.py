"""The chat page's door: who needs a key is asked for it once; the tab's session holds it, never an address.

It is looked at anew in each run, so that one that is withdrawn closes the page at the next question.
"""

from __future__ import annotations

import streamlit as st

from qa.errors import KeysUnusable
from qa.web.apierrors import public_message
from qa.web.callers import LONGEST
from qa.web.resources import Resources

_HELD = "speechqa-key"
WRONG = "密钥不对，或已收回、到期，或不能用来提问。请向管理员要一把。"


def admitted(resources: Resources) -> frozenset[str] | None:
    """Return what this tab may do; None where it may not ask, and the key is asked for."""
    may, problem = resources.anonymous, ""
    if "ask" in may:
        return may
    try:
        key = resources.keys.check(st.session_state.get(_HELD, ""))
        if key is not None and "ask" in key.scopes:
            return may | frozenset(key.scopes)
        problem = WRONG if st.session_state.get(_HELD) else ""
    except KeysUnusable as error:
        problem = public_message(error)
    st.session_state.pop(_HELD, None)
    _ask_for_it(problem)
    return None


def _ask_for_it(problem: str) -> None:
    """Draw the form; what is typed is looked at in the next run."""
    st.html(
        '<div class="speechqa-head"><h1>讲话问答</h1><p>这里要有访问密钥才能提问，请向管理员要一把。</p></div>'
    )
    if problem:
        st.html(f'<p role="alert">{problem}</p>')
    with st.form("speechqa-door"):
        typed = st.text_input("访问密钥", type="password", max_chars=LONGEST, autocomplete="off")
        if st.form_submit_button("进入") and typed.strip():
            st.session_state[_HELD] = typed.strip()
            st.rerun()
