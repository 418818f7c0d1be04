// SPDX-License-Identifier: GPL-3.0-or-later
#include "g711_receiver.hpp"

namespace media {

template class SampleReceiver<G711Decoder>;

}  // namespace media
