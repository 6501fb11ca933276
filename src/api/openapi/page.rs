//! The page that shows the document and makes calls: Swagger UI, compiled in (`src/web/docs`). It must not know what
//! the document says.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;

use super::call::Call;
use super::schema;
use crate::api::state::ApiState;

/// A file of the page.
struct File {
    path: &'static str,
    /// The name of its call.
    id: &'static str,
    about: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    packing: Packing,
}

/// How a file is kept, and sent.
#[derive(Clone, Copy)]
enum Packing {
    Plain,
    /// Every browser unpacks it, and a third of the bytes is kept.
    Gzip,
}

const FILES: [File; 4] = [
    File {
        path: "/docs",
        id: "getDocs",
        about: "This document as a page that makes calls",
        media_type: "text/html; charset=utf-8",
        bytes: include_bytes!("../../web/docs/index.html"),
        packing: Packing::Plain,
    },
    File {
        path: "/docs/start.js",
        id: "getDocsStart",
        about: "What begins the page",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../web/docs/start.js"),
        packing: Packing::Plain,
    },
    File {
        path: "/docs/swagger-ui.js",
        id: "getDocsScript",
        about: "What shows the page",
        media_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../web/docs/swagger-ui-bundle.js.gz"),
        packing: Packing::Gzip,
    },
    File {
        path: "/docs/swagger-ui.css",
        id: "getDocsStyle",
        about: "How the page looks",
        media_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../web/docs/swagger-ui.css.gz"),
        packing: Packing::Gzip,
    },
];

/// A page that may ask this broker only, and stand in no other page. The styles and images are those that Swagger UI
/// writes into its own page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A new version of the broker is noticed at once.
const CACHING: &str = "no-cache";

/// The addresses of the page; none asks for a token.
pub(super) fn router() -> Router<ApiState> {
    FILES.iter().fold(Router::new(), |router, file| router.route(file.path, get(async || file.serve())))
}

/// These addresses as the document has them.
pub(super) fn described() -> Vec<Call> {
    let of = |file: &File| {
        let essence = file.media_type.split(';').next().unwrap_or_default();
        let call = Call::get(file.path, file.id, file.about);
        call.answers_as(StatusCode::OK, "The file.", essence, schema::text())
    };
    FILES.iter().map(of).collect()
}

impl File {
    fn serve(&self) -> impl IntoResponse + use<> {
        let text = HeaderValue::from_static;
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, text(self.media_type)),
            (CONTENT_SECURITY_POLICY, text(POLICY)),
            (X_CONTENT_TYPE_OPTIONS, text("nosniff")),
            (CACHE_CONTROL, text(CACHING)),
        ]);
        if let Packing::Gzip = self.packing {
            headers.insert(CONTENT_ENCODING, text("gzip"));
        }
        (headers, self.bytes)
    }
}
