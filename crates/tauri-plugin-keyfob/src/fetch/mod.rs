//! Requests to APIs. Their bodies and those of the answers are raw bytes in pieces: the window pulls, and pushes when
//! there is room, so that neither side holds more than a piece or two of what the other is slow to take.

mod download;
mod frame;
mod streams;
mod upload;

use keyfob::FetchError;
use tauri::{
    Runtime, State, Webview,
    ipc::{Request, Response},
};
use url::Url;

use self::download::Download;
pub(crate) use self::streams::Streams;
use crate::{
    answer::{Answer, answer_later},
    engine::Present,
    models::{FetchPiece, FetchRequest, FetchResponse},
    permission_scope::Granted,
};

/// As much of an answer's body as comes with its head.
const FIRST_PIECE: usize = 64 * 1024;
/// As much of a body as crosses the boundary at a time.
const LARGEST_PIECE: usize = 1024 * 1024;

/// A request to an API; the token is attached here. Answers a frame with the head, and with what is there of the body.
#[tauri::command]
pub(crate) async fn fetch<R: Runtime>(
    webview: Webview<R>,
    keyfob: Present,
    streams: State<'_, Streams>,
    granted: Granted,
    request: Request<'_>,
) -> Answer<Response> {
    answer_later("fetch", async {
        let head: FetchRequest = frame::head(&request)?;
        let url = keyfob.resolve(&head.url)?;
        let (audience, scope) = (head.audience.clone(), head.scope.clone());
        let with_token = |url: &Url| granted.request(url, audience.as_deref(), scope.as_deref());
        with_token(url.as_url())?;
        let mut stream = streams.open(&webview, head.id)?;
        let body = match &head.pieces {
            None => frame::body(&request)?.into_owned().into(),
            Some(pieces) => stream.upload.body(pieces.length, pieces.repeatable),
        };
        let request = head.parse(body)?;
        let origin = url.as_url().origin();
        // To another origin no token goes along.
        let allowed = |next: &Url| {
            if next.origin() == origin { with_token(next).is_ok() } else { granted.url(next).is_ok() }
        };
        let begun = stream.unless_cancelled(async {
            // On the heap: with its redirects and replays it is too large for the stack of a task's every caller.
            let response = Box::pin(keyfob.fetch_within(request, &allowed)).await?;
            let mut download = Download::new(response);
            let first = download.first(FIRST_PIECE).await?;
            Ok::<_, FetchError>((first, download))
        });
        let (first, download) = begun.await?;
        let frame = frame::answer(&FetchResponse::new(download.response(), first.ended), &first.bytes);
        if !first.ended {
            stream.keep(download).await;
        }
        Ok(Response::new(frame))
    })
    .await
}

/// The next piece of an answer's body: a byte that says whether it is the last, and what has come in by now.
#[tauri::command]
pub(crate) async fn fetch_read<R: Runtime>(
    webview: Webview<R>,
    streams: State<'_, Streams>,
    id: u64,
) -> Answer<Response> {
    answer_later("fetch_read", async {
        let stream = streams.of(&webview, id)?;
        let piece = stream.unless_cancelled(stream.read(LARGEST_PIECE)).await;
        if piece.as_ref().map_or(true, |piece| piece.ended) {
            streams.end(&stream);
        }
        piece.map(|piece| Response::new(frame::piece(piece.ended, &piece.bytes)))
    })
    .await
}

/// Takes a piece of a request's body, once there is room for it. Answers from where on the next one is wanted: from the
/// beginning, if the request is sent again; or null, if none is.
#[tauri::command]
pub(crate) async fn fetch_write<R: Runtime>(
    webview: Webview<R>,
    streams: State<'_, Streams>,
    request: Request<'_>,
) -> Answer<Option<u64>> {
    answer_later("fetch_write", async {
        let FetchPiece { id, offset, ended } = frame::head(&request)?;
        let bytes = frame::body(&request)?;
        if bytes.len() > LARGEST_PIECE {
            return Err(FetchError::InvalidArgument("a piece of its body is larger than 1 MiB").into());
        }
        // Only the first may come before its request: the window sends no other until that one has been taken.
        let stream =
            if offset == 0 { streams.awaited(&webview, id).await } else { streams.of(&webview, id).ok() };
        let Some(stream) = stream else { return Ok(None) };
        let wanted = stream.upload.push(offset, bytes.into_owned().into(), ended);
        // Who has cancelled it wants no more either.
        Ok(stream.unless_cancelled(async { Ok::<_, FetchError>(wanted.await) }).await.unwrap_or(None))
    })
    .await
}

/// Takes a request back, whatever has become of it.
#[tauri::command]
pub(crate) async fn fetch_cancel<R: Runtime>(
    webview: Webview<R>,
    streams: State<'_, Streams>,
    id: u64,
) -> Answer<()> {
    answer_later("fetch_cancel", async {
        if let Some(stream) = streams.awaited(&webview, id).await {
            streams.end(&stream);
        }
        Ok(())
    })
    .await
}
