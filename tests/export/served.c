/* Runs signatures of a SavedModel without Python, by the C API: served FOLDER PLAN
 *
 * PLAN has one run after another, of lines
 *
 *     run INPUTS OUTPUTS
 *     in OPERATION INDEX DTYPE RANK SIZE... FILE     raw values, in C order
 *     out OPERATION INDEX FILE                       raw values are written to it
 *
 * and for each run one line is printed, "ok" or the error. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

enum { MOST = 16, PATH_SIZE = 4096 };

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static TF_Output operation(TF_Graph *graph, const char *name, int index) {
  TF_Output found = {TF_GraphOperationByName(graph, name), index};
  if (found.oper == NULL) fail(name, "no such operation");
  return found;
}

static TF_Tensor *read_tensor(TF_DataType type, const int64_t *sizes, int rank, const char *path) {
  size_t bytes = TF_DataTypeSize(type);
  for (int i = 0; i < rank; i++) bytes *= sizes[i];
  TF_Tensor *tensor = TF_AllocateTensor(type, sizes, rank, bytes);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(TF_TensorData(tensor), 1, bytes, file) != bytes) fail(path, "can't be read");
  fclose(file);
  return tensor;
}

static void write_tensor(const TF_Tensor *tensor, const char *path) {
  FILE *file = fopen(path, "wb");
  size_t bytes = TF_TensorByteSize(tensor);
  if (file == NULL || fwrite(TF_TensorData(tensor), 1, bytes, file) != bytes) fail(path, "can't be written");
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc != 3) fail("usage", "served FOLDER PLAN");
  const char *tags[] = {"serve"};
  TF_Status *status = TF_NewStatus();
  TF_Graph *graph = TF_NewGraph();
  TF_SessionOptions *options = TF_NewSessionOptions();
  TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, argv[1], tags, 1, graph, NULL, status);
  if (TF_GetCode(status) != TF_OK) fail(argv[1], TF_Message(status));
  FILE *plan = fopen(argv[2], "r");
  if (plan == NULL) fail(argv[2], "can't be read");
  int inputs, outputs;
  while (fscanf(plan, " run %d %d", &inputs, &outputs) == 2) {
    if (inputs > MOST || outputs > MOST) fail(argv[2], "too many tensors");
    TF_Output given[MOST], asked[MOST];
    TF_Tensor *values[MOST], *results[MOST] = {NULL};
    char name[PATH_SIZE], path[PATH_SIZE], targets[MOST][PATH_SIZE];
    int index, type, rank;
    for (int i = 0; i < inputs; i++) {
      int64_t sizes[MOST];
      if (fscanf(plan, " in %4095s %d %d %d", name, &index, &type, &rank) != 4 || rank > MOST) fail(argv[2], "in");
      for (int j = 0; j < rank; j++) {
        long long size;
        if (fscanf(plan, "%lld", &size) != 1) fail(argv[2], "size");
        sizes[j] = size;
      }
      if (fscanf(plan, "%4095s", path) != 1) fail(argv[2], "file");
      given[i] = operation(graph, name, index);
      values[i] = read_tensor((TF_DataType)type, sizes, rank, path);
    }
    for (int i = 0; i < outputs; i++) {
      if (fscanf(plan, " out %4095s %d %4095s", name, &index, targets[i]) != 3) fail(argv[2], "out");
      asked[i] = operation(graph, name, index);
    }
    TF_SessionRun(session, NULL, given, values, inputs, asked, results, outputs, NULL, 0, NULL, status);
    if (TF_GetCode(status) == TF_OK) {
      for (int i = 0; i < outputs; i++) write_tensor(results[i], targets[i]);
      puts("ok");
    } else {
      for (const char *c = TF_Message(status); *c; c++) putchar(*c == '\n' ? ' ' : *c);
      putchar('\n');
    }
    for (int i = 0; i < inputs; i++) TF_DeleteTensor(values[i]);
    for (int i = 0; i < outputs; i++)
      if (results[i] != NULL) TF_DeleteTensor(results[i]);
  }
  if (dlsym(dlopen(NULL, RTLD_LAZY), "Py_IsInitialized") != NULL) fail(argv[0], "there is a Python in this process");
  fclose(plan);
  TF_CloseSession(session, status);
  TF_DeleteSession(session, status);
  TF_DeleteSessionOptions(options);
  TF_DeleteGraph(graph);
  TF_DeleteStatus(status);
  return 0;
}
