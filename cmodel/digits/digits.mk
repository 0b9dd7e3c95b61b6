# SPDX-License-Identifier: Apache-2.0
#
# The embedded network: how cmodel/digits/data came to be. Nothing here is needed to use it.

DIGITS_DATA  := cmodel/digits/data
DIGITS_OUT   := $(BUILD)/digits
DIGITS_SRC   := $(filter-out cmodel/digits/train.c cmodel/digits/train_small.c,$(sort $(wildcard cmodel/digits/*.c)))
DIGITS_OBJ   := $(call obj,$(DIGITS_SRC))
DIGITS_TRAIN := $(CB)/digits/train
DIGITS_SPLIT := $(CB)/digits/make_split
DIGITS_KEPT  := digits.onnx digits_eval_logits.npy small.onnx

$(DIGITS_TRAIN): $(call obj,cmodel/digits/train.c) $(DIGITS_OBJ) $(LIBTEQ)
	@mkdir -p $(@D)
	$(CC) $(TEQ_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TEQ_LDLIBS)

$(CB)/digits/train_small: $(call obj,cmodel/digits/train_small.c) $(DIGITS_OBJ) $(LIBTEQ)
	@mkdir -p $(@D)
	$(CC) $(TEQ_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TEQ_LDLIBS)

$(DIGITS_SPLIT): $(call obj,$(DIGITS_DATA)/make_split.c cmodel/digits/rng.c) $(LIBTEQ)
	@mkdir -p $(@D)
	$(CC) $(TEQ_LDFLAGS) $(LDFLAGS) -o $@ $^ $(TEQ_LDLIBS)

# The unit tests link the trainer; $^ puts these objects behind the library, so it comes again.
$(CB)/test/test_digits_train $(CB)/test/test_digits_gradients: $(DIGITS_OBJ)
LDLIBS.test_digits_train = $(LIBTEQ)
LDLIBS.test_digits_gradients = $(LIBTEQ)

-include $(patsubst %.o,%.d,$(DIGITS_OBJ) $(call obj,cmodel/digits/train.c cmodel/digits/train_small.c $(DIGITS_DATA)/make_split.c))

##@ Embedded network
.PHONY: train-digits split-digits

REPLACE ?=## 1: `make train-digits` puts its result in place of the one kept

train-digits: $(DIGITS_TRAIN) $(CB)/digits/train_small ## train it again (half a minute), compare with the one kept
	@mkdir -p $(DIGITS_OUT) $(REPORTS)
	$(DIGITS_TRAIN) --data $(DIGITS_DATA) --out $(DIGITS_OUT)
	$(CB)/digits/train_small $(DIGITS_DATA) $(DIGITS_OUT)
	@cp $(DIGITS_OUT)/figures.json $(REPORTS)/train_digits.json
	@REPLACE='$(REPLACE)' cmodel/digits/compare.sh $(DIGITS_OUT) $(DIGITS_DATA) $(DIGITS_KEPT)

split-digits: $(DIGITS_SPLIT) ## cut the images again from CSV=digits.csv.gz of scikit-learn, compare
	@test -n '$(CSV)' || { echo 'make split-digits: say CSV=path/to/digits.csv.gz (sklearn/datasets/data)'; exit 2; }
	@mkdir -p $(DIGITS_OUT)
	gzip -dc '$(CSV)' | $(DIGITS_SPLIT) $(DIGITS_OUT)
	@cmodel/digits/compare.sh $(DIGITS_OUT) $(DIGITS_DATA) $(addprefix digits_,train_x.npy train_y.npy calib_x.npy eval_x.npy eval_y.npy)
