
#include <eml_net.h>
static const float mynet_layer_0_biases[3] = { 0.477317f, 0.077703f, -0.371134f };
static const float mynet_layer_0_weights[6] = { -0.242099f, 0.459485f, -0.303734f, -0.607354f, 0.008787f, -0.194864f };
static const float mynet_layer_1_biases[1] = { 0.223653f };
static const float mynet_layer_1_weights[3] = { 0.040231f, -0.213526f, -0.230011f };
static float mynet_buf1[3];
static float mynet_buf2[3];
static const EmlNetLayer mynet_layers[2] = { 
{ 3, 2, mynet_layer_0_weights, mynet_layer_0_biases, EmlNetActivationRelu }, 
{ 1, 3, mynet_layer_1_weights, mynet_layer_1_biases, EmlNetActivationLogistic } };
static EmlNet mynet = { 2, mynet_layers, mynet_buf1, mynet_buf2, 3 };

    int32_t
    mynet_predict(const float *features, int32_t n_features)
    {
        return eml_net_predict(&mynet, features, n_features);
    }
    

    int32_t
    mynet_regress(const float *features, int32_t n_features, float *out, int32_t out_length)
    {
        return eml_net_regress(&mynet, features, n_features, out, out_length);
    }
    

    float
    mynet_regress1(const float *features, int32_t n_features)
    {
        return eml_net_regress1(&mynet, features, n_features);
    }
    