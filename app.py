"""The Streamlit page: `streamlit run app.py`. It sets up and draws, behind the checks of `speechqa serve`."""

import streamlit

from qa.web.page import main

if __name__ == "__main__":  # as a plain script, as Streamlit's own tests run it
    main()
else:  # as the application that `streamlit run` finds and serves
    from qa.web.alone import given_settings, page_lifespan, page_middleware, page_routes
    from qa.web.server import PAGE

    given = given_settings()
    app = streamlit.App(
        PAGE, routes=page_routes(given), middleware=page_middleware(given), lifespan=page_lifespan
    )
